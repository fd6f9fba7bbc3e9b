"""Objects in S3: the inbox where files arrive, and the results that clients download."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from makegood.aws import clients
from makegood.domain.problems import Unavailable

BLOCK_BYTES = 256 * 1024
PART_BYTES = 8 * 1024 * 1024
"""A joined object above this is uploaded in parts of this size; S3 takes no smaller parts."""

UPLOAD_SECONDS = 900
DOWNLOAD_SECONDS = 900
READ_SECONDS = 20
NOT_FOUND = 404


BY_ETAG = "etag:"
"""Begins the name of an object without a version, as in a bucket that keeps no versions."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The object that a key held: its version, or a stand-in for one, and the ETag of its bytes."""

    version: str
    etag: str


def scratch() -> IO[bytes]:
    """A file on disk for what is too long for memory; closing it deletes it."""
    return TemporaryFile()


class Bucket:
    """One bucket. Its client is made at first use: few starts of a function need one."""

    def __init__(self, name: str) -> None:
        self.name = name

    @cached_property
    def client(self) -> Any:
        """Names the bucket in its region's host. The global host redirects, which breaks forms and
        signed links, and it does not know newer regions.
        """
        virtual = {"addressing_style": "virtual"}
        return clients.client("s3", READ_SECONDS, signature_version="s3v4", s3=virtual)

    def blocks(self, key: str, version: str = "") -> Iterator[bytes]:
        """The object's bytes in blocks; it is never in memory whole."""
        body = self.client.get_object(Bucket=self.name, Key=key, **_named(version))["Body"]
        with body:
            yield from body.iter_chunks(BLOCK_BYTES)

    def stored(self, key: str, version: str = "") -> Stored:
        """The object that the key holds now, or that it held as `version`."""
        if version.startswith(BY_ETAG):
            return Stored(version, version.removeprefix(BY_ETAG))
        told = self.client.head_object(Bucket=self.name, Key=key, **_named(version))
        etag = told["ETag"].strip('"')
        return Stored(told.get("VersionId") or f"{BY_ETAG}{etag}", etag)

    def holds(self, key: str) -> bool:
        """Whether the key holds an object."""
        try:
            self.client.head_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != NOT_FOUND:
                raise
            return False
        return True

    def read(self, key: str) -> bytes:
        """A small object, whole."""
        return self.client.get_object(Bucket=self.name, Key=key)["Body"].read()

    def read_if_there(self, key: str) -> bytes | None:
        """A small object, whole; None if there is none. It takes the right to list the bucket: to
        who lacks it, S3 refuses an object that is not there.
        """
        try:
            return self.read(key)
        except self.client.exceptions.NoSuchKey:
            return None

    def write(self, key: str, data: bytes, content_type: str) -> None:
        """Writes a small object; writing the same content again changes nothing."""
        self.client.put_object(Bucket=self.name, Key=key, Body=data, ContentType=content_type)

    def tag(self, key: str, version: str, name: str) -> str:
        """The value of one tag of an object's version; blank if it has none of that name."""
        found = self.client.get_object_tagging(Bucket=self.name, Key=key, VersionId=version)
        return next((each["Value"] for each in found["TagSet"] if each["Key"] == name), "")

    def delete_version(self, key: str, version: str) -> None:
        """Deletes one version of an object for good; one that is gone already stays so."""
        self.client.delete_object(Bucket=self.name, Key=key, VersionId=version)

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys that begin with it, in their order."""
        after: dict[str, str] = {}
        while True:
            page = self.client.list_objects_v2(Bucket=self.name, Prefix=prefix, **after)
            yield from (each["Key"] for each in page.get("Contents", ()))
            if not page["IsTruncated"]:
                return
            after = {"ContinuationToken": page["NextContinuationToken"]}

    def delete(self, key: str) -> None:
        """Deletes an object; one that is gone already stays so."""
        self.client.delete_object(Bucket=self.name, Key=key)

    def has_versions(self, prefix: str) -> bool:
        """Whether any version, or the mark of a deletion, begins with it."""
        page = self.client.list_object_versions(Bucket=self.name, Prefix=prefix, MaxKeys=1)
        return bool(page.get("Versions") or page.get("DeleteMarkers"))

    def erase(self, prefix: str) -> int:
        """Deletes every version of what begins with it, for good; returns how many."""
        erased, after = 0, {}
        while True:
            page = self.client.list_object_versions(Bucket=self.name, Prefix=prefix, **after)
            found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            named = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
            if named:
                gone = self.client.delete_objects(
                    Bucket=self.name, Delete={"Objects": named, "Quiet": True}
                )
                if gone.get("Errors"):
                    raise Unavailable
            erased += len(named)
            if not page["IsTruncated"]:
                return erased
            after = {
                "KeyMarker": page["NextKeyMarker"],
                "VersionIdMarker": page["NextVersionIdMarker"],
            }

    def join(self, key: str, pieces: Iterable[bytes], content_type: str) -> None:
        """Writes pieces in order as one object; pieces wait on disk until they fill a part."""
        upload_id, parts = "", []
        with TemporaryFile() as part:
            for piece in pieces:
                part.write(piece)
                if part.tell() >= PART_BYTES:
                    upload_id = upload_id or self._begin(key, content_type)
                    parts.append(self._part(key, upload_id, len(parts) + 1, part))
            if not upload_id:
                part.seek(0)
                self.client.put_object(
                    Bucket=self.name, Key=key, Body=part, ContentType=content_type
                )
                return
            if part.tell():
                parts.append(self._part(key, upload_id, len(parts) + 1, part))
        self.client.complete_multipart_upload(
            Bucket=self.name, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}
        )

    def _begin(self, key: str, content_type: str) -> str:
        begun = self.client.create_multipart_upload(
            Bucket=self.name, Key=key, ContentType=content_type
        )
        return begun["UploadId"]

    def _part(self, key: str, upload_id: str, number: int, data: IO[bytes]) -> dict[str, Any]:
        """Uploads the file's content as a part, and empties the file."""
        data.seek(0)
        made = self.client.upload_part(
            Bucket=self.name, Key=key, UploadId=upload_id, PartNumber=number, Body=data
        )
        data.seek(0)
        data.truncate()
        return {"PartNumber": number, "ETag": made["ETag"]}

    def upload_form(self, key: str, size: int, content_type: str = "text/csv") -> dict[str, Any]:
        """A form that uploads this key, up to this size; it expires after a quarter of an hour."""
        return self.client.generate_presigned_post(
            self.name,
            key,
            Fields={"Content-Type": content_type},
            Conditions=[
                {"Content-Type": content_type},
                ["content-length-range", 1, size],
            ],
            ExpiresIn=UPLOAD_SECONDS,
        )

    def download_link(self, key: str) -> str:
        return self.client.generate_presigned_url(
            "get_object", Params={"Bucket": self.name, "Key": key}, ExpiresIn=DOWNLOAD_SECONDS
        )

    def attachment_link(
        self, key: str, version: str, name: str, content_type: str, seconds: int
    ) -> str:
        """A link to one version of an object, which a browser saves under that name and never
        shows: it is of exactly this content type.
        """
        asked = {
            "Bucket": self.name,
            "Key": key,
            "VersionId": version,
            "ResponseContentType": content_type,
            "ResponseContentDisposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "ResponseCacheControl": "private, no-store",
        }
        return self.client.generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds)


def _named(version: str) -> dict[str, str]:
    """Arguments that make S3 return exactly this object, or refuse if another has replaced it."""
    if version.startswith(BY_ETAG):
        return {"IfMatch": version.removeprefix(BY_ETAG)}
    return {"VersionId": version} if version else {}
