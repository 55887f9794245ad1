"""Multipart bodies: every form that the Go server takes, and no other."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary.settings.model import LimitsSettings
from notary.tuf.errors import InvalidRole, MalformedJSON
from notary.web import upload
from notary.web.errors import MalformedUpload, NoFilename, TooLarge
from notary.web.upload import Part
from tests.web.serving import BOUNDARY, form, part

TYPE = f"multipart/form-data; boundary={BOUNDARY}".encode()
LIMITS = LimitsSettings()
END = f"--{BOUNDARY}--\r\n".encode()
FILE = b'{"signed":{"version":3},"signatures":[]}'
EXPECTED = (MalformedUpload, NoFilename, InvalidRole, MalformedJSON, TooLarge)


def read(body, content_type=TYPE, limits=LIMITS):
    return upload.read(content_type, body, limits)


def named(disposition, data=FILE, more=""):
    return part(disposition, data, more) + END


@pytest.mark.parametrize(
    "body",
    [
        form({"targets/a": FILE}),
        form({"targets/a.json": FILE}),
        named('form-data; name="whatever"; filename="targets/a"'),
        named('attachment; filename="targets/a"'),
        named("form-data; filename*=UTF-8''targets%2Fa"),
        b"preamble\r\n" + form({"targets/a": FILE}) + b"epilogue",
        form({"targets/a": FILE}).removesuffix(b"\r\n"),
        form({"targets/a": FILE}).replace(b"\r\n", b"\n"),
        b"pre\namble\n" + form({"targets/a": FILE}).replace(b"\r\n", b"\n") + b"\nend",
        form({"targets/a": b"{}"}).replace(b"{}", FILE),
        form({"timestamp": b"{}", "targets/a": FILE}),
    ],
)
def test_every_accepted_form_gives_the_same_file(body):
    uploads = read(body)
    assert uploads["targets/a"].data == FILE
    assert uploads["targets/a"].version == 3


def test_mixed_parts_are_as_good_as_form_data():
    content_type = TYPE.replace(b"form-data", b"mixed")
    assert read(form({"root": FILE}), content_type)["root"].data == FILE


def test_a_quoted_boundary_is_accepted():
    content_type = f'Multipart/Form-Data; Boundary="{BOUNDARY}"; x=y'.encode()
    assert list(read(form({"root": FILE}), content_type)) == ["root"]


def test_contents_with_any_line_ends_are_kept_as_they_are():
    data = b'{"signed":\r\n{},\n\n"signatures":\r[]}\r\n\r\n'
    assert read(form({"root": data}))["root"].data == data
    with_lf = form({"root": b"@"}).replace(b"\r\n", b"\n").replace(b"@", data)
    assert read(with_lf)["root"].data == data


def test_quoted_printable_is_decoded_as_go_does():
    more = "Content-Transfer-Encoding: quoted-printable\r\n"
    data = b'{"signed":{"x":"=41=4a== =\r\n=\n&"},  \r\n"signatures":[]}'
    decoded = b'{"signed":{"x":"AJ== &"},\r\n"signatures":[]}'
    body = named('form-data; filename="root"', data, more)
    assert read(body)["root"].data == decoded


def test_no_parts_are_an_upload_of_nothing():
    assert read(END) == {}


def test_the_last_part_of_a_role_wins():
    newer = FILE.replace(b"3", b"4")
    body = part("form-data; filename=root", FILE) + form({"root": newer})
    assert read(body)["root"].version == 4


@pytest.mark.parametrize(
    "content_type",
    [
        b"",
        b"application/json",
        b"application/x-www-form-urlencoded",
        b"multipart/form-data",
        b"multipart/form-data; boundary=",
        b'multipart/form-data; boundary="a',
        b"multipart/related; boundary=" + BOUNDARY.encode(),
        b"multipart/form-data; boundary=" + b"a" * 2000,
    ],
)
def test_a_body_that_is_not_multipart_is_malformed(content_type):
    with pytest.raises(MalformedUpload):
        read(form({"root": FILE}), content_type)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"garbage",
        form({"root": FILE}).removesuffix(END),
        f"--{BOUNDARY}\r\nnot a header\r\n\r\n{{}}\r\n".encode() + END,
        f"--{BOUNDARY}\r\nContent-Disposition: form-data".encode(),
        f"--{BOUNDARY}\r\n".encode(),
    ],
)
def test_a_broken_body_is_malformed(body):
    with pytest.raises(MalformedUpload):
        read(body)


def test_a_part_cut_short_is_read_before_the_end_is_missed():
    body = form({"root": FILE})[: -len(END) - 10]
    with pytest.raises(MalformedJSON):
        read(body)
    found = upload.parts(body, BOUNDARY.encode(), LIMITS)
    assert FILE.startswith(next(found).data)
    with pytest.raises(MalformedUpload):
        next(found)


@pytest.mark.parametrize(
    "body",
    [
        named('form-data; name="root"'),
        named('form-data; filename=""'),
        named('form-data; filename=".json"'),
        named('form-data; filename="root'),
        f"--{BOUNDARY}\r\nContent-Type: text/plain\r\n\r\n{{}}\r\n".encode() + END,
        f"--{BOUNDARY}\r\n\r\n{{}}\r\n".encode() + END,
    ],
)
def test_a_part_without_a_filename_is_told_so(body):
    with pytest.raises(NoFilename):
        read(body)


@pytest.mark.parametrize(
    "filename",
    ["../root", "/etc/root", "Root", "targets/", "targets/A", "root.json.json", "rööt"],
)
def test_a_filename_is_the_whole_role_or_nothing(filename):
    with pytest.raises(InvalidRole) as caught:
        read(form({filename: FILE}))
    assert caught.value.role == filename.removesuffix(".json")


def test_the_first_error_in_the_body_wins():
    with pytest.raises(InvalidRole):
        read(form({"foo": b"no json", "root": b"no json"}))
    with pytest.raises(MalformedJSON):
        read(form({"root": b"no json", "foo": b"no json"}))


def test_limits_are_named_when_they_are_exceeded():
    limits = LimitsSettings(parts=2, part_bytes=len(FILE))
    assert len(read(form({"root": FILE, "targets": FILE}), limits=limits)) == 2
    with pytest.raises(TooLarge, match="2 parts"):
        read(form({"root": FILE, "targets": FILE, "snapshot": FILE}), limits=limits)
    with pytest.raises(TooLarge, match=f"{len(FILE)} bytes"):
        read(form({"root": FILE + b" "}), limits=limits)
    body = form(dict.fromkeys(["root", "targets", "snapshot"], FILE))
    with pytest.raises(TooLarge, match="2 parts"):
        read(body.replace(b"\r\n", b"\n"), limits=limits)


def test_a_part_has_up_to_16_headers():
    disposition = "form-data; filename=root"
    assert "root" in read(named(disposition, FILE, "X: y\r\n" * 15))
    with pytest.raises(TooLarge):
        read(named(disposition, FILE, "X: y\r\n" * 16))


def test_too_many_or_too_long_part_headers_are_refused():
    for more in ("X: y\r\n" * 100, f"X: {'y' * 5000}\r\n"):
        with pytest.raises((TooLarge, MalformedUpload)):
            read(named("form-data; filename=root", FILE, more))


def test_white_space_without_end_does_not_cost_more_than_its_length():
    more = "Content-Transfer-Encoding: quoted-printable\r\n"
    data = b'{"signed":{},"x":"' + b" " * 2_000_000 + b'="}'
    assert len(read(named("form-data; filename=root", data, more))["root"].data) == (
        len(data)
    )


PIECES = st.lists(
    st.sampled_from(
        [
            f"--{BOUNDARY}".encode(),
            b"--",
            b"\r\n",
            b"\n",
            b"Content-Disposition: form-data; ",
            b'filename="root"',
            b"filename*=UTF-8''root",
            b"Content-Transfer-Encoding: quoted-printable",
            b"Content-Length: 3",
            b"=",
            b" ",
            FILE,
        ]
    )
    | st.binary(max_size=20)
).map(b"".join)


@given(PIECES | st.binary())
def test_every_body_is_read_or_refused_with_an_error_of_ours(body):
    try:
        uploads = read(body, limits=LimitsSettings(parts=3, part_bytes=50))
    except EXPECTED:
        return
    assert set(uploads) <= {"root"}


@given(st.binary(), PIECES)
def test_every_content_type_is_read_or_refused(content_type, body):
    try:
        read(body, content_type)
    except EXPECTED:
        return


@given(st.lists(st.binary(max_size=60), max_size=4))
def test_parts_come_out_as_they_went_in(contents):
    body = b"".join(part("form-data; filename=root", data) for data in contents) + END
    found = list(upload.parts(body, BOUNDARY.encode(), LIMITS))
    assert found == [Part("form-data; filename=root", data) for data in contents]


def test_a_first_look_is_taken_at_every_file():
    files = {"root": FILE, "targets": json.dumps({"signed": None}).encode()}
    assert [file.version for file in read(form(files)).values()] == [3, 0]
