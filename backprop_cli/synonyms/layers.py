"""Types of layers, their keys and what weights are drawn by, as others call them."""

from __future__ import annotations

from .answers import Answers, Told

TYPES: Answers = {
    "linear fc fully_connected affine inner_product perceptron neuron hidden output lazy_linear "
    "einsum_dense": "dense",
    "mlp mlp_classifier mlp_regressor linear_regression logistic_regression": Told(
        "write its layers: {units: 4, activation: relu}, {units: 1, activation: sigmoid}; logistic "
        "regression is the last one alone",
        "dense",
    ),
    "conv_transpose1d conv_transpose2d conv1d_transpose conv2d_transpose deconv deconvolution "
    "transposed_conv": Told(
        "of stride 1 it is a conv2d with 'flip: true' and 'padding: 2' for a kernel of 3 (one less "
        "than the kernel); no layer strides the other way",
        "conv2d",
    ),
    "conv3d max_pool3d avg_pool3d max_pooling3d average_pooling3d batch_norm3d": (
        "an image here has rows and columns: conv2d, max_pool2d; a third axis is its channels"
    ),
    "depthwise_conv2d separable_conv2d depthwise grouped_conv": Told(
        "write a conv2d whose kernels are 0 for the channels that they are not to read", "conv2d"
    ),
    "conv_lstm2d conv_lstm": Told(
        "no layer is both: flatten makes a vector of an image, lstm reads vectors", "lstm"
    ),
    "upsample up_sampling2d upsampling2d upsampling_nearest2d interpolate": (
        "no layer makes an image larger; conv2d with 'padding' keeps its size"
    ),
    "pixel_shuffle pixel_unshuffle unfold fold unflatten cropping2d repeat_vector": (
        "no layer rearranges an image, but for flatten; 'sample_shape' at the top is the input's"
    ),
    "adaptive_max_pool2d adaptive_max_pool1d global_max_pooling2d global_max_pool2d "
    "global_max_pooling1d global_max_pool": Told(
        "write max_pool2d with a window as large as the image: 'window: [4, 4]'", "max_pool2d"
    ),
    "lp_pool2d lp_pool1d": Told("of this family avg_pool2d and max_pool2d are known", "avg_pool2d"),
    "bilinear": "write a graph: 'z: dot(x, A @ y)'",
    "identity noop": "leave it out, or write {type: activation, activation: identity}",
    "local_response_norm lrn unit_normalization": Told(
        "of this family batch_norm, layer_norm and rms_norm are known", "layer_norm rms_norm"
    ),
    "spectral_norm spectral_normalization weight_norm weight_normalization": (
        "weights are taken as they are written, no norm is taken of them"
    ),
    "dropout1d dropout2d dropout3d spatial_dropout1d spatial_dropout2d": Told(
        "write 'type: dropout' with a 'mask' whose channels are all 0 or all 1", "dropout"
    ),
    "alpha_dropout gaussian_dropout gaussian_noise": Told(
        "of noise only dropout is known, with its 'mask', or 'seed: 1' at the top", "dropout"
    ),
    "activity_regularization": "'regularization: {l2: 0.01}' at the top is of all weights",
    "embedding_bag": Told("write {type: embedding, pool: mean}", "embedding"),
    "parallel branch branches": Told(
        "write the layers with 'from: input' each, and {type: concat, from: [a, b]}", "concat"
    ),
    "cosine_similarity pairwise_distance": "write a graph: dot(u, v), sqrt(sum((u - v)**2))",
    "reflection_pad2d constant_pad2d replication_pad2d": (
        "write 'padding: 1' in the layer that reads it: its zeros are the one kind of padding"
    ),
    "resizing rescaling normalization discretization text_vectorization string_lookup hashing "
    "category_encoding one_hot": "what is done to data is done before: write it under 'input'",
    "highway res_net resnet residual_block bottleneck inception": Told(
        "write its layers, and {type: add, from: [inner, input]} where they meet", "add"
    ),
    "gcn gcn_conv graph_conv gat": "write a graph: 'H: relu(A @ X @ W)', A the neighbours",
    "swi_glu swiglu glu geglu squeeze_excite": Told(
        "two weighted sums meet: two dense layers, and {type: multiply, from: [a, b]}", "multiply"
    ),
    "rbf": "write {units: 3, activation: {expression: 'exp(-z**2)'}}",
    "mixture_of_experts moe capsule bert hopfield kan": (
        "write its parts: the types known are 'backprop explain', anything else is a graph"
    ),
    "log_softmax": (
        "write {type: activation, activation: softmax}; the loss cross_entropy takes the logarithm"
    ),
    "sequential module_list module_dict": (
        "'layers:' is the sequence by itself: one layer below the other"
    ),
    "time_distributed": Told("a dense layer works on every step alike by itself", "dense"),
    "bidirectional": Told(
        "write two layers, one with 'reverse: true', and {type: concat, from: [there, back]}",
        "recurrent concat",
    ),
    "group_norm instance_norm instance_norm1d instance_norm2d": Told(
        "of this family batch_norm, layer_norm and rms_norm are known: they have no groups of "
        "channels",
        "layer_norm batch_norm",
    ),
    "masking": "'lengths: [4, 2]' at the top says where each sequence ends",
    "zero_padding2d zero_padding1d zeropadding2d zero_pad2d zero_pad1d padding": (
        "write 'padding: 1' in the layer that reads it"
    ),
    "transformer transformer_encoder transformer_block transformer_decoder": Told(
        "'backprop new transformer_block' is one: attention, add, layer_norm and dense; a "
        "decoder's attention has 'causal: true'",
        "attention layer_norm",
    ),
    "lambda": "write {type: activation, activation: {expression: 'z**2'}}",
    "subtract maximum minimum average dot permute": Told(
        "layers meet by add, multiply or concat; anything else is a computation graph",
        "add multiply",
    ),
    "relu sigmoid tanh softmax elu leaky_relu leakyrelu selu gelu silu swish prelu softplus mish": (
        "write a layer of its own: {type: activation, activation: …}"
    ),
    "concatenate cat join merge": "concat",
    "residual skip sum plus": "add",
    "mul product gate hadamard": "multiply",
    "conv convolution convolutional convolution2d conv_2d": "conv2d",
    "convolution1d conv_1d": "conv1d",
    "maxpool max_pooling pool pooling maxpool2d max_pooling2d maxpooling2d max_pool": "max_pool2d",
    "avgpool average_pooling avgpool2d average_pooling2d averagepooling2d avg_pool": "avg_pool2d",
    "maxpool1d maxpooling1d": "max_pool1d",
    "avgpool1d averagepooling1d": "avg_pool1d",
    "gap global_average_pooling globalaveragepooling2d adaptive_avg_pool2d "
    "adaptive_avg_pool1d global_average_pooling1d mean": "global_avg_pool",
    "reshape view": "flatten",
    "bn batchnorm batch_norm1d batch_norm2d batchnorm1d batchnorm2d": "batch_norm",
    "batch_normalization": "batch_norm",
    "ln layernorm layer_normalization": "layer_norm",
    "rmsnorm": "rms_norm",
    "drop": "dropout",
    "embed lookup lookup_table word_embedding": "embedding",
    "positional_encoding positional_embedding position_embedding position": "positions",
    "self_attention": "attention",
    "multi_head_attention multihead_attention multiheadattention mha group_query_attention": Told(
        "write 'type: attention' with 'heads: 2' and the arrays query, key, value and output; "
        "every head has keys of its own",
        "attention",
    ),
    "cross_attention": Told(
        "write 'type: attention' with 'from: [q, k, v]': queries of one layer, keys of another",
        "attention",
    ),
    "scaled_dot_product_attention dot_product_attention": Told(
        "write 'type: attention': its scores are q·k/√d by themselves", "attention"
    ),
    "additive_attention bahdanau_attention": Told(
        "the scores of 'type: attention' are products q·k; others are a graph's", "attention"
    ),
    "rnn simple_rnn simplernn elman vanilla_rnn": "recurrent",
    "rnn_cell rnn_cell_base simple_rnn_cell": Told(
        "write 'type: recurrent': it goes over the steps by itself, and one step is a sequence of "
        "one",
        "recurrent",
    ),
    "long_short_term_memory": "lstm",
    "lstm_cell": Told(
        "write 'type: lstm': it goes over the steps by itself, and one step is a sequence of one",
        "lstm",
    ),
    "gru_cell": Told(
        "write 'type: gru': it goes over the steps by itself, and one step is a sequence of one",
        "gru",
    ),
    "stacked_rnn_cells stacked_lstm": "write one recurrent layer below the other",
    "input input_layer": "the input is no layer: write 'input:' at the top",
}
LAYER: Answers = {
    "out_channels num_filters n_filters": "filters",
    "out_channels hidden_size output_dim out_dim embed_dim d_model embedding_dim": "units",
    "kernel_size filter_size": "kernel",
    "kernel_size strides stride padding": "a convolution has it: type: conv2d",
    "strides": "stride",
    "pool_size": "window",
    "dilation_rate": "dilation",
    "num_heads n_heads": "heads",
    "num_embeddings vocab_size": "words",
    "p": "rate",
    "eps": "epsilon",
    "go_backwards": "reverse",
    "return_sequences": "every step is the default; 'output: last' is the last one alone",
    "num_heads heads causal": "attention has it: type: attention",
    "go_backwards reverse": "a recurrent layer has it: 'reverse: true'",
    "p rate": "dropout has it: 'type: dropout', 'rate: 0.5'",
    "negative_slope": "write 'activation: {type: leaky_relu, slope: 0.01}'",
    "bias_initializer bias_init": "write the numbers: 'bias: [0, 0]'",
    "num_layers n_layers": "write one layer below the other",
    "kernel_regularizer weight_decay": "write 'regularization: {l2: <number>}' at the top",
    "trainable requires_grad frozen freeze": "'backprop step NET --freeze W1' keeps it",
    "dropout": "write a layer of its own: {type: dropout, rate: 0.5}",
    "input_dim input_shape in_features inputs in_channels": (
        "leave it out: how many values a layer receives follows from what is before it"
    ),
    "act nonlinearity func function": "activation",
    "kernel_initializer initializer initialization init weight_init": (
        "write 'weights: {init: xavier_uniform}'; 'seed: 1' at the top settles what is drawn"
    ),
    "weights_layout layout loss learning_rate seed target reduction optimizer notation": (
        "it belongs at the top of the file, beside 'layers'"
    ),
    "use_bias": "write 'bias: none' for a layer without one",
    "input_layer previous prev inbound": "from",
}
INITS: Answers = {
    "glorot_uniform xavier xavier_init glorot": "xavier_uniform",
    "glorot_normal": "xavier_normal",
    "kaiming_uniform he_init kaiming he": "he_uniform",
    "kaiming_normal": "he_normal",
    "random_normal gaussian randn truncated_normal trunc_normal": "normal",
    "random_uniform rand random": "uniform",
    "zero": "zeros",
    "one": "ones",
    "lecun_normal lecun_uniform": "write {init: normal, std: …}: LeCun's std is 1/sqrt(inputs)",
    "orthogonal eye identity": "write the matrix itself: [[1, 0], [0, 1]]",
    "constant full": "write the number: of a bias one for all, bias: 0.1",
}
