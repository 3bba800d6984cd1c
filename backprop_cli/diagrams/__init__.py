"""The same graph as a picture: what is drawn, where it stands, and a file a format."""
