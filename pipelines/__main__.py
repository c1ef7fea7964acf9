"""`python -m pipelines` is `evenhand`."""

from pipelines.cli import main

main()
