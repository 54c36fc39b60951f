"""clinguide: clinical guidelines that run (the public names, nothing else)."""
