"""The mathematics of conditional flow matching: tensors in, tensors out."""
