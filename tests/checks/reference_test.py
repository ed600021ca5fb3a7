"""The reference page is what the comments in proto/ say."""

import sys


def test_the_reference_is_up_to_date(root):
    sys.path.insert(0, str(root / "proto"))
    import make_reference

    assert make_reference.PAGE.read_text() == make_reference.make_page(), "run proto/make_reference.py"
