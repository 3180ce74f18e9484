"""Rules against their examples, accuracy on labelled data, the invented sample, benchmarks."""
