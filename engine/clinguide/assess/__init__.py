"""Assess: the findings and advice for one course at one time, by two engines."""

from clinguide.assess.assessment import APPROVAL, Assessment, assess

__all__ = ["APPROVAL", "Assessment", "assess"]
