"""Networks: backbones, their weights, inference and fine-tuning."""
