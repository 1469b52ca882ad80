"""The outbox of a newsroom without a mail server."""

from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.mail import EmailMultiAlternatives
from django.test import override_settings

from newsroom import mailbox
from tests.cast import NewsroomTestCase


class MailboxTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        self.enterContext(override_settings(MAIL_DIR=self.folder / "mail", EMAIL_URL=""))

    def send(self, subject="The day", to="ada@example.org", text="Read https://example.org/a", html="<p>Read</p>"):
        letter = EmailMultiAlternatives(subject, text, "news@example.org", [to])
        letter.attach_alternative(html, "text/html")
        mailbox.EmailBackend().send_messages([letter])
        return mailbox.names()[0]

    def test_letters_are_listed_newest_first(self):
        self.sign_in(self.newsletter_desk)
        self.send("Earlier")
        self.send("Später — “morgen”", to="مريم@example.org")
        page = self.see("/admin/mailbox/")
        assert page.index("Später — “morgen”") < page.index("Earlier")

    def test_a_newsroom_that_sent_nothing_says_so(self):
        self.sign_in(self.newsletter_desk)
        assert "No mail yet." in self.see("/admin/mailbox/")

    def test_a_letter_opens_with_its_headers_and_its_text(self):
        self.sign_in(self.newsletter_desk)
        page = self.see(f"/admin/mailbox/{self.send()}/")
        for words in ("ada@example.org", "news@example.org", "The day", 'href="https://example.org/a"'):
            assert words in page

    def test_its_html_is_served_alone_and_powerless(self):
        self.sign_in(self.newsletter_desk)
        name = self.send(html="<html><head></head><body><script>alert(1)</script><p>Read</p></body></html>")
        page = self.see(f"/admin/mailbox/{name}/")
        assert "alert(1)" not in page
        assert f'src="/admin/mailbox/{name}/html/" sandbox=' in page
        policy = self.client.get(f"/admin/mailbox/{name}/html/")["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "sandbox allow-popups" in policy
        assert "allow-scripts" not in policy

    def test_a_letter_can_be_kept(self):
        self.sign_in(self.newsletter_desk)
        response = self.client.get(f"/admin/mailbox/{self.send()}/download/")
        assert b"Subject: The day" in b"".join(response.streaming_content)
        assert "attachment" in response["Content-Disposition"]

    def test_no_other_file_can_be_read(self):
        self.sign_in(self.newsletter_desk)
        (self.folder / "secret.eml").write_text("Subject: secret\n\n")
        self.send()
        for name in ("..%2Fsecret", "%2e%2e%2fsecret", "..", ".hidden", "1-abc", "a%00b", "secret"):
            for part in ("", "html/", "download/"):
                assert self.client.get(f"/admin/mailbox/{name}/{part}").status_code == 404, name

    def test_only_the_newsletter_desk_reads_it(self):
        path = f"/admin/mailbox/{self.send()}/"
        assert self.client.get(path).status_code == 302
        for person in (self.reporter, self.moderator):
            self.sign_in(person)
            self.see(path, 403)

    def test_there_is_none_where_mail_is_sent(self):
        self.sign_in(self.newsletter_desk)
        with override_settings(EMAIL_URL="smtp://mail.example.org"):
            self.see("/admin/mailbox/", 403)

    def test_letters_are_only_looked_at(self):
        self.sign_in(self.newsletter_desk)
        assert self.client.post("/admin/mailbox/").status_code == 405
