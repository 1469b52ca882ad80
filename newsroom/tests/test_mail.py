from email import message_from_bytes, policy
from email.utils import formataddr

import pytest
from django.core import mail as outbox
from django.core.mail import BadHeaderError
from django.test import SimpleTestCase, override_settings

from newsroom import mail

LEAVE = mail.mark("leave")


def letter(subject="Good morning", text="Words.\n", html="<p>Words.</p>\n", **headers):
    return mail.Letter(subject, text, html, headers)


@override_settings(DEFAULT_FROM_EMAIL="Håvard Post <news@example.org>")
class LetterTests(SimpleTestCase):
    def test_what_was_written_is_what_is_read(self):
        text = "Ærlig talt = 100 %.\n" + "ord " * 400 + "\nنص\n.\nFrom here on\n"
        html = f"<p>{text}</p>" + "字" * 700
        message = letter(text=text, html=html).to("ruth@example.org").parsed
        assert message.get_content_type() == "multipart/alternative"
        assert message.get_body(("plain",)).get_content() == text
        assert message.get_body(("html",)).get_content() == html + "\n" or html in message.get_body().get_content()

    def test_every_byte_is_ascii_and_every_line_short(self):
        raw = letter(subject="Å" * 190, text="å" * 3000, html=LEAVE + "字" * 3000).to("a@b.org", leave="x" * 300).raw
        assert raw.isascii()
        assert max(len(line) for line in raw.split(b"\r\n")) <= 100
        assert b"\n" not in raw.replace(b"\r\n", b"")

    def test_no_line_begins_as_a_mailbox_separator(self):
        assert b"\nFrom " not in letter(text="x\nFrom me\n").to("a@b.org").raw

    def test_subject_and_sender_of_other_letters_come_back(self):
        message = letter(subject="Ferja går igjen 🚢").to("a@b.org").parsed
        assert message["Subject"] == "Ferja går igjen 🚢"
        assert message["From"] == "Håvard Post <news@example.org>"

    def test_any_name_of_the_newsroom_may_stand_before_its_address(self):
        for name in ("Post, The", 'The "Post"', "A <b>", "البريد"):
            with override_settings(DEFAULT_FROM_EMAIL=formataddr((name, "news@example.org"))):
                sender = letter().to("a@b.org").parsed["From"].addresses[0]
            assert (sender.display_name, sender.addr_spec) == (name, "news@example.org")

    def test_message_has_a_date_and_an_id_of_our_domain(self):
        message = letter().to("a@b.org").parsed
        assert message["Date"].datetime
        assert message["Message-ID"].endswith("@example.org>")

    def test_mark_is_filled_for_each_reader(self):
        made = letter(text=f"Leave:\n{LEAVE}\nBye\n", html=f'<a href="{LEAVE}">x</a>')
        for url in ("https://example.org/?a=1&b=2", "https://example.org/" + "x" * 200):
            message = made.to("a@b.org", leave=url).parsed
            assert f"Leave:\n{url}\nBye" in message.get_body(("plain",)).get_content()
            assert f'href="{url.replace("&", "&amp;")}"' in message.get_body(("html",)).get_content()

    def test_domain_of_other_letters_goes_out_in_ascii(self):
        message = letter().to("ruth@blåbær.example")
        assert message.recipients() == ["ruth@xn--blbr-roah.example"]
        assert message.parsed["To"] == "ruth@xn--blbr-roah.example"

    def test_line_ends_in_a_subject_become_spaces(self):
        message = letter(subject="News\r\nBcc: all@example.org").to("a@b.org").parsed
        assert message["Subject"] == "News Bcc: all@example.org"
        assert message["Bcc"] is None

    def test_header_with_a_line_end_is_refused(self):
        for value in ("x\r\nBcc: a@b.org", "x\ny", "x\0y"):
            with pytest.raises(BadHeaderError):
                letter(**{"List-Id": value})

    def test_address_that_mail_cannot_carry_is_refused(self):
        for address in (
            "", "x", "@b.org", "å@b.org", "a@b.org\nBcc: c@d.org", "a@b.org, c@d.org", "a@b.org>", "\ud800@b.org",
            '"\x01"@b.org', "a" * 65 + "@" + "b" * 250 + ".org", "a@..org", "a b@c.org",
        ):  # fmt: skip
            with pytest.raises(ValueError, match="no address"):
                letter().to(address)

    def test_name_in_a_list_header_is_quoted(self):
        assert mail.named_header('The "Post"\n', "<x.y>") == '"The \\"Post\\"" <x.y>'
        assert mail.named_header("Håvard", "<x.y>").startswith("=?utf-8?")

    def test_django_backends_take_it(self):
        mail.send(letter().to("a@b.org"))
        sent = outbox.outbox[0]
        assert (sent.subject, sent.to) == ("Good morning", ["a@b.org"])
        assert sent.message().as_bytes(linesep="\r\n") == sent.raw

    def test_newsroom_without_a_mail_server_gets_a_file(self):
        with override_settings(EMAIL_BACKEND="newsroom.mailbox.EmailBackend"):
            from django.conf import settings

            before = set(settings.MAIL_DIR.glob("*.eml"))
            mail.send(letter(subject="To a file").to("a@b.org"))
            (made,) = set(settings.MAIL_DIR.glob("*.eml")) - before
        assert message_from_bytes(made.read_bytes(), policy=policy.default)["Subject"] == "To a file"
