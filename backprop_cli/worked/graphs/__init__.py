"""The trace of a computation graph: a line a node forward, a message an edge backward."""
