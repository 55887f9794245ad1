"""Header parameters: what Go accepts, and filenames that come out whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary.web import mediatype
from notary.web.mediatype import BadHeader


@pytest.mark.parametrize(
    ("value", "filename"),
    [
        ('form-data; name="files"; filename="targets/a"', "targets/a"),
        ("form-data; filename=root", "root"),
        ("FORM-DATA; FileName=root ;", "root"),
        ("form-data; filename*=UTF-8''targets%2Freleases", "targets/releases"),
        ("form-data; filename*=us-ascii'en'root; filename=x", "root"),
        ("form-data; filename*=koi8-r''root", None),
        ("form-data; filename*=UTF-8''%zz", None),
        ('form-data; filename*0="tar"; filename*1="gets"', "targets"),
        ("form-data; filename*0*=UTF-8''tar%67; filename*1=ets", "targets"),
        (r'form-data; filename="C:\dir\root"', r"C:\dir\root"),
        (r'form-data; filename="a\"b\\c"', r'a"b\c'),
        ('form-data; filename="%22root%22"', "%22root%22"),
        ('form-data; filename=""', ""),
        ("form-data", None),
    ],
)
def test_a_filename_is_what_go_takes_it_for(value, filename):
    assert mediatype.parse(value)[1].get("filename") == filename


@pytest.mark.parametrize(
    "value",
    [
        "",
        "; filename=root",
        'form-data; filename="root',
        "form-data; filename=targets/a",
        "form-data; filename=root; filename=root",
        "form-data filename=root",
        'form-data; filename="a\r\nb"',
    ],
)
def test_a_malformed_header_is_refused(value):
    with pytest.raises(BadHeader):
        mediatype.parse(value)


@given(st.text() | st.from_regex(r"a/b(; ?[a-z*0-9]+=(\"[^x]*\"|[^;]*))*"))
def test_every_header_is_parsed_or_refused(value):
    try:
        kind, parameters = mediatype.parse(value)
    except BadHeader:
        return
    assert kind == kind.lower()
    assert all("*" not in name for name in parameters)
