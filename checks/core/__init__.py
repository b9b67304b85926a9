"""What every check needs: the base of a check, units, limits, findings, text."""
