"""The key goes to https, or to this machine, and nowhere else."""

import pytest

from pipeline.service.base_url import checked_base_url, chosen_base_url
from schemas.errors import CampaignError


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://api.elevenlabs.io", "https://api.elevenlabs.io"),
        ("https://api.eu.residency.elevenlabs.io/", "https://api.eu.residency.elevenlabs.io"),
        ("https://gateway.example:8443/elevenlabs/", "https://gateway.example:8443/elevenlabs"),
        ("HTTPS://API.ELEVENLABS.IO", "https://api.elevenlabs.io"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
    ],
)
def test_https_and_loopback_are_taken(text, url):
    assert checked_base_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "http://api.elevenlabs.io",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://[::ffff:127.0.0.1]",
        "http://0.0.0.0:8080",
        "http://128.0.0.1",
        "http://10.0.0.1",
        "ftp://api.elevenlabs.io",
        "api.elevenlabs.io",
        "https://",
        "https:///path",
        "",
        " ",
        "https://host:port",
        "https://host:99999",
        "https://a b",
        "https://api.elevenlabs.io?x=1",
        "https://api.elevenlabs.io?",
        "https://api.elevenlabs.io#part",
        "https://api.elevenlabs.io/\n",
    ],
)
def test_everything_else_is_refused_with_what_to_write(text):
    with pytest.raises(CampaignError, match=r"write https://api\.elevenlabs\.io") as refusal:
        checked_base_url(text)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    [
        "https://user:hidden@host.example",
        "https://host.example/?key=hidden",
        "https://hidden@host:port",
        "https://h#hidden",
    ],
)
def test_a_secret_in_a_refused_url_is_not_shown(text):
    with pytest.raises(CampaignError) as refusal:
        checked_base_url(text)
    assert "hidden" not in str(refusal.value)


def test_the_environment_comes_before_the_campaign_file_and_the_vendor_last():
    environ = {"ELEVENLABS_BASE_URL": "http://127.0.0.1:8080"}
    assert chosen_base_url(environ, "https://a.example") == "http://127.0.0.1:8080"
    assert chosen_base_url({}, "https://a.example") == "https://a.example"
    assert chosen_base_url({}, None) == "https://api.elevenlabs.io"


def test_an_empty_variable_does_not_fall_back_to_the_real_service():
    with pytest.raises(CampaignError):
        chosen_base_url({"ELEVENLABS_BASE_URL": ""}, None)
