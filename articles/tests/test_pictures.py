"""What is taken in as a picture, what it says about itself, and the sizes that are made of it."""

import struct
import zlib
from datetime import date
from io import BytesIO
from unittest.mock import patch

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from PIL import Image

from articles import iptc, pictures, tasks
from articles.models import Picture
from newsroom.celery import app
from tests.cast import NewsroomTestCase, make_picture, picture_bytes


def upload(data, name="quay.jpg"):
    return SimpleUploadedFile(name, data, "image/jpeg")


def opened(taken):
    return Image.open(BytesIO(taken.file.read()))


def photograph(size=(64, 48), mode="RGB", format="JPEG", **options):
    """A picture of more colours than a drawing has."""
    out = BytesIO()
    noise = Image.effect_noise(size, 90)
    Image.merge("RGB", [noise, noise.rotate(90, expand=False), noise.rotate(180)]).convert(mode).save(
        out, format, **options
    )
    return out.getvalue()


def iim(*records):
    """An IPTC-IIM block in a Photoshop resource in a JPEG's APP13 segment, as agencies send it."""
    block = b"".join(
        b"\x1c" + bytes([record, dataset]) + struct.pack(">H", len(value)) + value for record, dataset, value in records
    )
    resource = b"8BIM\x04\x04\x00\x00" + struct.pack(">I", len(block)) + block + b"\0" * (len(block) % 2)
    segment = b"Photoshop 3.0\0" + resource
    jpeg = photograph()
    return jpeg[:2] + b"\xff\xed" + struct.pack(">H", len(segment) + 2) + segment + jpeg[2:]


def located():
    """A photograph as a telephone takes it: on its side, with the place in EXIF and in XMP."""
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 6, "I. Haddad"
    exif.get_ifd(0x8825).update({1: "N", 2: (36.0, 20.0, 24.0), 3: "E", 4: (43.0, 7.0, 48.0)})
    data = photograph(
        exif=exif.tobytes(), xmp=xmp('xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="36,20N"/>')
    )
    assert Image.open(BytesIO(data)).getexif().get_ifd(0x8825)
    return data


def xmp(inner):
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" {inner}</rdf:RDF></x:xmpmeta>'
    ).encode()


def giant_png(side=30_000):
    """A few bytes that say they are 900 megapixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


def display_p3():
    """An ICC profile of a telephone’s colours (ICC.1:2001, matrix and one gamma)."""

    def number(value):
        return struct.pack(">i", round(value * 65536))

    tags = {b"wtpt": b"XYZ \0\0\0\0" + b"".join(map(number, (0.9642, 1.0, 0.8249)))}
    for name, place in (
        ("r", (0.5151, 0.2412, -0.0011)),
        ("g", (0.2920, 0.6922, 0.0419)),
        ("b", (0.1571, 0.0666, 0.7841)),
    ):
        tags[f"{name}XYZ".encode()] = b"XYZ \0\0\0\0" + b"".join(map(number, place))
        tags[f"{name}TRC".encode()] = b"curv\0\0\0\0" + struct.pack(">IHH", 1, round(2.2 * 256), 0)
    table, data, start = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, tag in tags.items():
        table += name + struct.pack(">II", start + len(data), len(tag))
        data += tag
    head = struct.pack(">I4sI4s4s4s", start + len(data), b"lcms", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    head += b"\0" * 12 + b"acsp" + b"\0" * 28 + b"".join(map(number, (0.9642, 1.0, 0.8249)))
    return head.ljust(128, b"\0") + table + data


class IntakeTests(NewsroomTestCase):
    def refusal(self, data, name="quay.jpg"):
        with pytest.raises(ValidationError) as caught:
            pictures.take_in(upload(data, name))
        return caught.value.messages[0]

    def test_each_kind_of_photograph_is_decoded_and_written_anew(self):
        for format in ("JPEG", "WEBP", "PNG", "TIFF", "BMP", "AVIF"):
            taken = pictures.take_in(upload(photograph(format=format), "evil.html"))
            assert taken.file.name.endswith(".jpg"), format
            assert opened(taken).format == "JPEG"

    def test_a_drawing_stays_sharp_and_a_see_through_one_stays_see_through(self):
        assert opened(pictures.take_in(upload(picture_bytes(format="PNG")))).format == "PNG"
        out = BytesIO()
        Image.new("RGBA", (40, 30), (200, 10, 10, 90)).save(out, "PNG")
        clear = opened(pictures.take_in(upload(out.getvalue())))
        assert clear.format == "WEBP"
        assert clear.has_transparency_data

    def test_only_the_first_frame_of_a_moving_picture_is_kept(self):
        out = BytesIO()
        frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
        frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
        assert getattr(opened(pictures.take_in(upload(out.getvalue()))), "n_frames", 1) == 1

    def test_other_colour_spaces_come_out_as_rgb(self):
        assert opened(pictures.take_in(upload(photograph(mode="CMYK")))).mode == "RGB"
        assert opened(pictures.take_in(upload(photograph(mode="L")))).mode == "RGB"

    def test_sixteen_bits_of_grey_are_scaled_and_not_cut_off(self):
        out = BytesIO()
        Image.new("I;16", (10, 10), 32768).save(out, "PNG")
        assert opened(pictures.take_in(upload(out.getvalue()))).convert("L").getpixel((5, 5)) == 128

    def test_a_wide_gamut_comes_out_as_srgb_see_through_or_not(self):
        for mode in ("RGB", "RGBA", "P"):
            out = BytesIO()
            colour = (234, 51, 35) if mode != "RGBA" else (234, 51, 35, 90)
            image = Image.new(mode.replace("P", "RGB"), (40, 30), colour)
            image.convert(mode).save(out, "PNG", icc_profile=display_p3())
            seen = opened(pictures.take_in(upload(out.getvalue()))).convert("RGB").getpixel((5, 5))
            assert max(abs(a - b) for a, b in zip(seen, (255, 0, 0), strict=True)) < 30, (mode, seen)

    def test_every_orientation_is_turned_upright(self):
        turns = Image.Transpose
        lying = {2: turns.FLIP_LEFT_RIGHT, 3: turns.ROTATE_180, 4: turns.FLIP_TOP_BOTTOM, 5: turns.TRANSPOSE}
        lying |= {6: turns.ROTATE_90, 7: turns.TRANSVERSE, 8: turns.ROTATE_270}
        upright = Image.new("RGB", (80, 40), "white")
        upright.paste("red", (0, 0, 20, 20))
        upright.paste("blue", (60, 0, 80, 20))
        for orientation, turn in lying.items():
            exif, out = Image.Exif(), BytesIO()
            exif[0x0112] = orientation
            upright.transpose(turn).save(out, "PNG", exif=exif.tobytes())
            image = opened(pictures.take_in(upload(out.getvalue()))).convert("RGB")
            corners = image.getpixel((5, 5)), image.getpixel((75, 5)), image.getpixel((5, 35))
            assert (image.size, corners) == ((80, 40), ((255, 0, 0), (0, 0, 255), (255, 255, 255))), orientation

    def test_the_picture_is_turned_upright_and_its_place_is_forgotten(self):
        exif = Image.Exif()
        exif[0x0112] = 6  # lies on its side
        exif.get_ifd(0x8825)[1] = "N"
        image = opened(pictures.take_in(upload(photograph((80, 40), exif=exif.tobytes(), comment=b"secret"))))
        assert image.size == (40, 80)
        assert not image.getexif()
        assert "comment" not in image.info

    def test_a_very_large_picture_is_made_smaller(self):
        assert opened(pictures.take_in(upload(photograph((3000, 600))))).size == (2560, 512)

    def test_no_name_of_the_sender_is_kept(self):
        taken = pictures.take_in(upload(photograph(), "../../etc/mayor-at-home.jpg"))
        assert "mayor" not in taken.file.name
        assert "/" not in taken.file.name

    def test_svg_is_refused_because_of_scripts(self):
        for data in (b"<svg onload='alert(1)'/>", b"<?xml version='1.0'?>\n<svg/>"):
            assert "SVG" in self.refusal(data, "drawing.png")

    def test_what_is_no_picture_is_refused_whatever_its_name(self):
        for data in (b"", b"GIF89a<script>", b"%PDF-1.7", b"\0" * 500, b"<html><body>"):
            assert "not a picture" in self.refusal(data), data

    def test_a_heic_picture_is_told_apart(self):
        for brand in (b"heic", b"hevc", b"msf1"):
            assert "HEIC" in self.refusal(b"\0\0\0\x18ftyp" + brand + b"\0" * 100)

    def test_a_cut_off_picture_is_refused(self):
        for format in ("JPEG", "PNG", "WEBP"):
            data = photograph((200, 200), format=format)
            assert self.refusal(data[: len(data) // 2]), format

    def test_a_decompression_bomb_is_refused_by_its_header(self):
        assert "60 megapixels" in self.refusal(giant_png())
        assert "60 megapixels" in self.refusal(giant_png(9_000))

    @override_settings(PICTURE_MAX_BYTES=100)
    def test_a_file_that_is_too_big_is_refused_unread(self):
        assert "MB" in self.refusal(photograph())


class FactsTests(NewsroomTestCase):
    def facts(self, data):
        taken = pictures.take_in(upload(data))
        return taken.facts.caption, taken.facts.credit

    def test_iptc_gives_caption_byline_and_credit(self):
        data = iim((2, 120, "Qası́r — the “old” quay".encode()), (2, 80, b"I. Haddad"), (2, 110, b"AFP"))
        assert self.facts(data) == ("Qası́r — the “old” quay", "I. Haddad / AFP")

    def test_iptc_gives_rights_place_and_days(self):
        data = iim(
            (2, 116, "© AFP 2026".encode()),
            (2, 90, b"Mosul"),
            (2, 101, b"Iraq"),
            (2, 55, b"20261120"),
            (2, 37, b"20261231"),
        )
        facts = pictures.take_in(upload(data)).facts
        assert (facts.copyright, facts.place) == ("© AFP 2026", "Mosul, Iraq")
        assert (facts.taken_on, facts.rights_until) == (date(2026, 11, 20), date(2026, 12, 31))

    def test_xmp_and_exif_give_them_too(self):
        packet = xmp(
            'xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/" plus:LicenseEndDate="2026-12-31" photoshop:City="Mosul" '
            'photoshop:DateCreated="2026-11-20T10:00:00+03:00"><dc:rights><rdf:Alt><rdf:li>© AFP</rdf:li></rdf:Alt>'
            "</dc:rights></rdf:Description>"
        )
        facts = pictures.take_in(upload(photograph(xmp=packet))).facts
        assert (facts.copyright, facts.place) == ("© AFP", "Mosul")
        assert (facts.taken_on, facts.rights_until) == (date(2026, 11, 20), date(2026, 12, 31))
        exif = Image.Exif()
        exif[0x8298] = "I. Haddad"
        exif.get_ifd(0x8769)[0x9003] = "2026:11:20 10:00:00"
        facts = pictures.take_in(upload(photograph(exif=exif.tobytes()))).facts
        assert (facts.copyright, facts.taken_on) == ("I. Haddad", date(2026, 11, 20))

    def test_days_that_are_no_days_are_not_said(self):
        for day in (b"00000000", b"20261399", b"x", b"02261120", b"20261100"):
            assert pictures.take_in(upload(iim((2, 55, day)))).facts.taken_on is None

    def test_latin_iptc_without_a_marker_is_read(self):
        assert self.facts(iim((2, 120, "Zürich, café".encode("latin-1")))) == ("Zürich, café", "")

    def test_utf8_iptc_with_its_marker_is_read(self):
        assert self.facts(iim((1, 90, b"\x1b%G"), (2, 120, "مرفأ".encode()))) == ("مرفأ", "")

    def test_xmp_elements_and_attributes_are_read(self):
        packet = xmp(
            'photoshop:Credit="Reuters"><dc:description><rdf:Alt><rdf:li xml:lang="x-default">The quay.</rdf:li>'
            "<rdf:li>Der Kai.</rdf:li></rdf:Alt></dc:description><dc:creator><rdf:Seq><rdf:li>I. Haddad</rdf:li>"
            "</rdf:Seq></dc:creator></rdf:Description>"
        )
        assert self.facts(photograph(xmp=packet)) == ("The quay.", "I. Haddad / Reuters")

    def test_xmp_gives_the_alternative_text_and_the_newer_form_of_the_place(self):
        packet = xmp(
            'xmlns:core="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/" '
            'xmlns:ext="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><core:AltTextAccessibility><rdf:Alt>'
            '<rdf:li xml:lang="x-default">Two boats at a quay</rdf:li></rdf:Alt></core:AltTextAccessibility>'
            '<ext:LocationCreated><rdf:Bag><rdf:li rdf:parseType="Resource"><ext:City>Erbil</ext:City>'
            "<ext:CountryName>Iraq</ext:CountryName></rdf:li></rdf:Bag></ext:LocationCreated></rdf:Description>"
        )
        picture, _is_new = pictures.receive(upload(photograph(xmp=packet)), self.editor)
        assert (picture.alt, picture.place) == ("Two boats at a quay", "Erbil, Iraq")

    def test_of_several_languages_the_sites_own_counts_then_the_default(self):
        def caption(*languages):
            items = "".join(f'<rdf:li xml:lang="{language}">{language}</rdf:li>' for language in languages)
            packet = xmp(f"><dc:description><rdf:Alt>{items}</rdf:Alt></dc:description></rdf:Description>")
            return self.facts(photograph(xmp=packet))[0]

        assert caption("de", "x-default", "en-GB") == "en-GB"
        assert caption("de", "x-default") == "x-default"
        assert caption("de", "fr") == "de"

    def test_iptc_in_the_older_sets_is_read_by_its_mark_or_by_the_language_of_the_site(self):
        for mark, codec, text in (
            (b"\x1b-G", "iso8859_6", "مرفأ الموصل"),
            (b"\x1b-L", "iso8859_5", "Москва"),
            (b"\x1b.B", "iso8859_2", "Łódź"),
            (b"\x1b-A", "cp1252", "“Café”"),
            (b"\x1b?", "cp1252", "Zürich"),
        ):
            assert self.facts(iim((1, 90, mark), (2, 120, text.encode(codec)))) == (text, ""), codec
        with override_settings(LANGUAGE_CODE="ar"):
            assert self.facts(iim((2, 120, "مرفأ الموصل".encode("cp1256")))) == ("مرفأ الموصل", "")

    def test_exif_is_the_last_resort_and_camera_words_are_no_caption(self):
        exif = Image.Exif()
        exif[0x010E], exif[0x013B] = "OLYMPUS DIGITAL CAMERA", "I. Haddad"
        assert self.facts(photograph(exif=exif.tobytes())) == ("", "I. Haddad")

    def test_a_credit_that_names_the_photographer_is_not_doubled(self):
        assert self.facts(iim((2, 80, b"I. Haddad"), (2, 110, b"I. Haddad/AFP")))[1] == "I. Haddad/AFP"

    def test_controls_and_direction_overrides_are_left_out_and_length_is_limited(self):
        caption, credit = self.facts(iim((2, 120, "a\0b\u202ec ".encode() * 900), (2, 80, b"x" * 900)))
        assert caption.startswith("a b c a b c")
        assert len(caption) <= 1000
        assert len(credit) <= 200

    def test_garbage_says_nothing(self):
        bomb = b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'
        for data in (photograph(xmp=b"<x"), photograph(xmp=bomb), iim((2, 120, b"")), photograph(exif=b"Exif\0\0oops")):
            assert self.facts(data) == ("", "")

    def test_an_image_that_raises_says_nothing(self):
        assert iptc.read(object()) == iptc.Facts()


class DuplicateTests(NewsroomTestCase):
    def test_the_same_bytes_twice_are_one_picture(self):
        data = photograph()
        first, is_new = pictures.receive(upload(data), self.reporter)
        assert is_new
        assert pictures.receive(upload(data, "other-name.png"), self.editor) == (first, False)
        assert pictures.receive(upload(photograph()), self.editor)[1], "other noise, another picture"
        assert first.uploaded_by == self.reporter

    def test_the_same_file_twice_in_one_moment_is_one_picture(self):
        data = photograph()
        first, _ = pictures.receive(upload(data), self.reporter)
        with patch.object(pictures, "in_library", return_value=None):
            assert pictures.receive(upload(data), self.editor) == (first, False)

    def test_the_same_photograph_smaller_or_saved_again_looks_alike(self):
        scene = Image.effect_mandelbrot((600, 400), (-2, -1.2, 0.7, 1.2), 90).convert("RGB")
        pair = [pictures.receive(upload(self.saved(image)), None)[0] for image in (scene, scene.resize((300, 200)))]
        other = pictures.receive(upload(photograph((300, 200))), None)[0]
        assert pictures.alike(pair[0]) == [pair[1]]
        assert pictures.alike(pair[1]) == [pair[0]]
        assert pictures.alike(other) == []

    def test_any_four_bits_may_differ(self):
        scene = pictures.receive(upload(photograph((300, 200))), None)[0]
        for bits in ((1, 1, 1, 1, 0), (1, 1, 1, 0, 1), (0, 15, 0, 0, 0), (0, 1, 1, 1, 1)):
            near = make_picture(**pictures.look_columns([a ^ b for a, b in zip(scene.look, bits, strict=True)]))
            assert pictures.alike(near)[-1] == scene
        far = [a ^ b for a, b in zip(scene.look, (1, 1, 1, 1, 1), strict=True)]
        assert scene not in pictures.alike(make_picture(**pictures.look_columns(far)))

    def test_one_flat_colour_looks_like_nothing(self):
        first, second = (pictures.receive(upload(picture_bytes(colour=colour)), None)[0] for colour in ("red", "teal"))
        assert first.look is None
        assert pictures.alike(second) == []

    def saved(self, image):
        out = BytesIO()
        image.save(out, "JPEG", quality=60)
        return out.getvalue()


class RenditionTests(NewsroomTestCase):
    def picture(self, size=(1200, 800), **fields):
        return make_picture(file=upload(photograph(size)), **fields)

    def made(self, picture):
        return sorted(picture.renditions.values_list("crop", "width", "height", "format"))

    def test_the_worker_makes_every_size_that_the_source_allows(self):
        picture = self.picture()
        tasks.make_renditions(picture.pk)
        assert self.made(picture) == [
            ("full", 480, 320, "avif"),
            ("full", 480, 320, "webp"),
            ("full", 720, 480, "avif"),
            ("full", 720, 480, "webp"),
            ("full", 1080, 720, "avif"),
            ("full", 1080, 720, "webp"),
            ("full", 1200, 800, "avif"),
            ("full", 1200, 800, "webp"),
            ("social", 1200, 675, "jpeg"),
            ("social11", 800, 800, "jpeg"),
            ("social43", 1067, 800, "jpeg"),
            ("square", 120, 120, "webp"),
            ("square", 200, 200, "webp"),
            ("square", 320, 320, "webp"),
            ("wide", 320, 213, "avif"),
            ("wide", 320, 213, "webp"),
            ("wide", 480, 320, "avif"),
            ("wide", 480, 320, "webp"),
            ("wide", 640, 427, "jpeg"),
            ("wide", 720, 480, "avif"),
            ("wide", 720, 480, "webp"),
            ("wide", 1200, 800, "avif"),
            ("wide", 1200, 800, "webp"),
        ]
        for rendition in picture.renditions.all():
            with rendition.file.open() as file:
                image = Image.open(BytesIO(file.read()))
            assert (image.format.lower(), image.size) == (rendition.format, (rendition.width, rendition.height))

    def test_a_small_picture_is_never_blown_up(self):
        picture = self.picture((100, 50))
        tasks.make_renditions(picture.pk)
        assert max(picture.renditions.values_list("width", flat=True)) == 100

    def test_a_crop_keeps_the_focal_point(self):
        crop = pictures.CROPS["square"]
        assert pictures.box(crop, 300, 100, 0.5, 0.5) == (100, 0, 200, 100)
        assert pictures.box(crop, 300, 100, 0.9, 0.5) == (200, 0, 300, 100)
        assert pictures.box(crop, 100, 300, 0.5, 0.0) == (0, 0, 100, 100)

    def test_twice_makes_them_once(self):
        picture = self.picture((300, 200))
        tasks.make_renditions(picture.pk)
        before = set(picture.renditions.values_list("pk", "file"))
        tasks.make_renditions(picture.pk)
        assert set(picture.renditions.values_list("pk", "file")) == before

    def test_of_two_workers_the_second_throws_its_files_away(self):
        picture = self.picture((60, 40))
        image = pictures._source(picture)
        made = [pictures._stored(*pair) for pair in pictures._rendered(picture, image, "wide")]
        tasks.make_renditions(picture.pk)
        kept = set(picture.renditions.values_list("file", flat=True))
        assert not pictures._keep(picture, made)
        assert set(picture.renditions.values_list("file", flat=True)) == kept

    def test_after_a_worker_was_killed_in_the_middle_the_sweep_makes_the_rest(self):
        picture = self.picture((60, 40))
        keep = pictures._keep

        def killed_at_the_second(picture, made):
            if picture.renditions.exists():
                raise SystemExit
            return keep(picture, made)

        with patch.object(pictures, "_keep", killed_at_the_second), pytest.raises(SystemExit):
            pictures.make_renditions(picture)
        before = set(picture.renditions.values_list("pk", "file"))
        assert set(picture.renditions.values_list("crop", flat=True)) == {"wide"}
        tasks.make_missing_renditions()
        assert before < set(picture.renditions.values_list("pk", "file"))
        assert set(picture.renditions.values_list("crop", flat=True)) == set(pictures.CROPS)
        assert not Picture.objects.without_renditions().exists()

    def test_a_new_format_is_made_for_older_pictures_too(self):
        picture = self.picture((60, 40))
        tasks.make_renditions(picture.pk)
        picture.renditions.filter(format="avif").delete()
        Picture.objects.update(sizes_made=0)
        tasks.make_missing_renditions()
        assert picture.renditions.filter(format="avif").count() == 2

    def test_jpegs_say_whose_they_are_in_any_script(self):
        picture = self.picture((60, 40), byline="Ibrāhīm Ḥaddād", credit="AFP", copyright="© AFP & مرفأ 2026")
        tasks.make_renditions(picture.pk)
        jpegs = picture.renditions.filter(format="jpeg")
        assert jpegs.count() == 4
        for rendition in jpegs:
            with rendition.file.open() as file:
                image = Image.open(BytesIO(file.read()))
            said = iptc.read(image)
            assert (said.byline, said.copyright) == ("Ibrāhīm Ḥaddād", "© AFP & مرفأ 2026")
            assert said.credit == "Ibrāhīm Ḥaddād / AFP"
            del image.info["xmp"]
            assert iptc.read(image).copyright == "© AFP & مرفأ 2026"

    def test_nothing_that_readers_download_says_where_it_was_taken(self):
        picture, _ = pictures.receive(upload(located()), self.reporter)
        assert picture.byline == "I. Haddad"
        tasks.make_renditions(picture.pk)
        for file in (picture.file, *(rendition.file for rendition in picture.renditions.all())):
            with file.open() as opened:
                data = opened.read()
            image = Image.open(BytesIO(data))
            assert not image.getexif().get_ifd(0x8825), file.name
            assert b"GPS" not in data
        assert (picture.width, picture.height) == (48, 64)

    def test_sizes_of_a_picture_that_changed_meanwhile_are_not_kept(self):
        picture = self.picture((60, 40))
        Picture.objects.filter(pk=picture.pk).update(focal_x=0.1)
        assert pictures.make_renditions(picture) == 0
        assert not picture.renditions.exists()

    def test_a_picture_that_is_gone_is_no_error(self):
        tasks.make_renditions(987654)

    def test_the_sweep_finds_what_was_never_queued(self):
        first, second = self.picture((60, 40)), self.picture((40, 60))
        tasks.make_missing_renditions()
        assert first.renditions.exists()
        assert second.renditions.exists()

    def test_the_sweep_does_not_come_back_to_a_broken_file(self):
        broken = make_picture()
        broken.file.storage.delete(broken.file.name)
        broken.file.storage.save(broken.file.name, ContentFile(b"no picture at all"))
        gone = make_picture()
        gone.file.storage.delete(gone.file.name)
        tasks.make_missing_renditions()
        assert not Picture.objects.without_renditions().exists()

    def test_the_sweep_tries_again_when_the_storage_fails(self):
        picture = self.picture((60, 40))
        with patch.object(FileSystemStorage, "_open", side_effect=OSError(5, "input/output error")):
            tasks.make_missing_renditions()
        assert list(Picture.objects.without_renditions()) == [picture]

    def test_the_sweep_is_bounded(self):
        for _ in range(3):
            self.picture((60, 40))
        with patch.object(tasks.time, "monotonic", side_effect=[0, 1, tasks.SWEEP_SECONDS, tasks.SWEEP_SECONDS + 1]):
            tasks.make_missing_renditions()
        assert Picture.objects.without_renditions().count() == 1

    def test_whatever_else_is_queued_goes_before_a_hundred_uploads(self):
        for task in (tasks.make_renditions, tasks.make_missing_renditions):
            route = app.amqp.router.route({}, task.name)
            assert route["priority"] > 0  # as Redis and Valkey count: 0, where the others are, goes first
