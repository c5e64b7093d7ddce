"""Commands with many options, one module each; cli.py hangs them up."""
