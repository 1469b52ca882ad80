"""STORAGE_URL: uploads in S3-type storage."""

from urllib.parse import parse_qs, unquote, urlsplit


def s3_options(url: str) -> dict:
    """`s3://KEY:SECRET@endpoint.example/bucket?region=…&public=https://cdn.example` → django-storages' options.

    Without `public`, readers fetch from the endpoint itself; `scheme=http` is for an endpoint without TLS.
    """
    parts = urlsplit(url)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    endpoint = f"{query.get('scheme', 'https')}://{parts.netloc.rpartition('@')[2]}"
    bucket = parts.path.strip("/")
    public = urlsplit(query.get("public") or f"{endpoint}/{bucket}")
    options = {
        "bucket_name": bucket,
        "endpoint_url": endpoint,
        "custom_domain": f"{public.netloc}{public.path}".rstrip("/"),
        "url_protocol": f"{public.scheme}:",
        "querystring_auth": False,
        "file_overwrite": False,
    }
    if parts.username:
        options["access_key"] = unquote(parts.username)
        options["secret_key"] = unquote(parts.password or "")
    if "region" in query:
        options["region_name"] = query["region"]
    return options


def public_address(url: str) -> str:
    """Where readers fetch what lies there; it ends in a slash, as MEDIA_URL does."""
    options = s3_options(url)
    return f"{options['url_protocol']}//{options['custom_domain']}/"
