"""Trading rules: values in, values out; the standard library only, no I/O."""
