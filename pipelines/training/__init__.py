"""From landed facts to registered models: frames, training, verdicts, promotion."""
