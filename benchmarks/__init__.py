"""Speed shown side by side with a peer or a limit in one run, as ratios of medians: `make bench`."""
