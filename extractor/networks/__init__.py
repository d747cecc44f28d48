"""Networks: the backbones, their weights, and how they are run and fine-tuned."""
