"""The simulated operator: causes first, facts second. Way: a seed -> here -> raw Parquet, truth."""
