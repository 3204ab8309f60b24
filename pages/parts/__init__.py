"""What pages share: the opened workspace, links, states, pickers, the gallery."""
