from newsroom.storage import public_address, s3_options

URL = "s3://KEY:se%2Fcret@storage.example/paper?region=eu-1"


def test_one_address_says_where_uploads_are_kept():
    options = s3_options(URL)
    assert options["endpoint_url"] == "https://storage.example"
    assert options["bucket_name"] == "paper"
    assert options["region_name"] == "eu-1"
    assert (options["access_key"], options["secret_key"]) == ("KEY", "se/cret")


def test_readers_fetch_from_the_endpoint_or_from_a_cdn_in_front_of_it():
    assert public_address(URL) == "https://storage.example/paper/"
    assert public_address(f"{URL}&public=https://cdn.example/pictures/") == "https://cdn.example/pictures/"
    assert public_address("s3://127.0.0.1:9000/paper?scheme=http") == "http://127.0.0.1:9000/paper/"


def test_keys_may_come_from_the_machine_itself():
    assert "access_key" not in s3_options("s3://storage.example/paper")
