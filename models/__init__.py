"""Numbers to scores: cards, labels, training, evaluation, reasons, registry."""
