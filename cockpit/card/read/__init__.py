"""From nodes to the values of a card, with a sentence for each problem."""
