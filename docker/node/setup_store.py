"""Prepares a MinIO for a node: the bucket with object lock, and a user who may add to it and read it.

Talks to MinIO itself, with its operator's key; the node's key goes through the proxy. Done again it only
gives the user the secret that is asked for now. Variables: TAKAN_MINIO_ENDPOINT, TAKAN_STORE_SETUP_ACCESS_KEY,
TAKAN_STORE_SETUP_SECRET_KEY, TAKAN_STORE_ACCESS_KEY, TAKAN_STORE_SECRET_KEY, TAKAN_STORE_BUCKET, TAKAN_LOCK_DAYS.
"""

import os
import sys
from collections.abc import Mapping

from minio.credentials.providers import StaticProvider
from minio.error import MinioAdminException, S3Error
from minio.minioadmin import MinioAdmin
from urllib3.exceptions import HTTPError

from evidence_store import Objects
from evidence_store.errors import EvidenceError

POLICY = "takan-append-only"
ALLOWED = (
    "s3:GetBucketLocation",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketVersioning",
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:PutObject",
    "s3:GetObjectRetention",
    "s3:PutObjectRetention",
)
"""What a node needs, and nothing besides: neither to remove, to bypass nor to make buckets."""
SHORTEST_SECRET = 16


def append_only(bucket: str) -> dict[str, object]:
    """The node's policy. It holds too for the buckets that `takan store check` makes for a while."""
    places = [f"arn:aws:s3:::{each}{end}" for each in (bucket, f"{bucket}-check-*") for end in ("", "/*")]
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": list(ALLOWED), "Resource": places}],
    }


def set_up(env: Mapping[str, str]) -> str:
    """Make what is missing; returns one sentence. Raises KeyError for a variable that is missing, EvidenceError,
    HTTPError, MinioAdminException, S3Error, ValueError.
    """
    endpoint, bucket = env["TAKAN_MINIO_ENDPOINT"], env.get("TAKAN_STORE_BUCKET") or "takan-evidence"
    operator = env["TAKAN_STORE_SETUP_ACCESS_KEY"], env["TAKAN_STORE_SETUP_SECRET_KEY"]
    node = env["TAKAN_STORE_ACCESS_KEY"], env["TAKAN_STORE_SECRET_KEY"]
    if node[0] == operator[0]:
        raise ValueError("the node's access key is the operator's: give it one of its own")
    if len(node[1]) < SHORTEST_SECRET:
        raise ValueError(
            f"the node's secret is shorter than {SHORTEST_SECRET} characters: openssl rand -hex 20 makes one"
        )
    days = int(env.get("TAKAN_LOCK_DAYS") or 180)
    Objects(endpoint, *operator, bucket, default_lock_days=days).prepare()
    admin = MinioAdmin(endpoint=endpoint, credentials=StaticProvider(*operator), secure=False, region="us-east-1")
    admin.policy_add(POLICY, policy=append_only(bucket))
    admin.user_add(*node)
    admin.policy_set(POLICY, user=node[0])
    return f"The bucket {bucket} has object lock; the node's key may add to it and read it, and nothing else."


if __name__ == "__main__":
    try:
        sys.stdout.write(set_up(os.environ) + "\n")
    except KeyError as missing:
        sys.exit(f"set {missing.args[0]}")
    except (EvidenceError, HTTPError, MinioAdminException, S3Error, ValueError) as fault:
        sys.exit(f"MinIO could not be prepared: {fault}")
