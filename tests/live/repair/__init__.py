"""Mends where moto differs from AWS. Every mend says what AWS does."""

from repair import identities, kms, organizations, records, s3, s3control
from repair.registry import BODY_MENDS, CHECKS, MENDS, OWN

__all__ = ["BODY_MENDS", "CHECKS", "MENDS", "OWN", "identities", "kms", "organizations", "records", "s3", "s3control"]
