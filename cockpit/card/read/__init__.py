"""From YAML nodes to the values of a card, with a message for each problem."""
