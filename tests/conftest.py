"""What every test shares: Hypothesis judges answers here, never speed."""

from hypothesis import settings

# Two engines and a cold start make a first example slow; timings belong to tests/benchmarks.
settings.register_profile("clinguide", deadline=None, print_blob=True)
settings.load_profile("clinguide")
