"""What goes before a deployment to AWS: see `prepare`."""
