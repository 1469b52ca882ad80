"""STORAGE_URL: uploads in S3-type storage."""

from urllib.parse import parse_qs, unquote, urlsplit


def s3_options(url: str) -> dict:
    """`s3://KEY:SECRET@endpoint.example/bucket?region=…&public=https://cdn.example` → django-storages' options."""
    parts = urlsplit(url)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    options = {
        "bucket_name": parts.path.strip("/"),
        "endpoint_url": f"{query.get('scheme', 'https')}://{parts.netloc.rpartition('@')[2]}",
        "querystring_auth": False,
        "file_overwrite": False,
    }
    if parts.username:
        options["access_key"] = unquote(parts.username)
        options["secret_key"] = unquote(parts.password or "")
    if "region" in query:
        options["region_name"] = query["region"]
    if "public" in query:
        public = urlsplit(query["public"])
        options["custom_domain"] = f"{public.netloc}{public.path}".rstrip("/")
        options["url_protocol"] = f"{public.scheme}:"
    return options
