"""One target, a batch, many batches: asking, concluding, storing, resuming."""
