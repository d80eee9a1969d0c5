"""What the line costs, as ratios within one run: `make bench`. Nothing here is a test; machines are too different."""
