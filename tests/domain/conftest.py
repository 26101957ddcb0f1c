"""Property tests of the rules: the same examples every time, and no clock, so that a busy machine changes nothing."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "rules", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("rules")
