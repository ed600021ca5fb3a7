"""The build files list exactly what the sources include; and the check reports when they do not."""


import conftest
import pytest
import target_dependencies

HEADER = '#include "absl/status/statusor.h"\n#include "model/core/random.h"\n'
SOURCE = '#include "model/energy/energy.h"\n#include <png.h>\n'
TEXTS = {
    "model/core/random.h": "",
    "model/energy/energy.h": HEADER,
    "model/energy/energy.cc": SOURCE,
    "tests/support/fake.h": '#include "model/core/random.h"\n',
    "tests/model/energy/energy_test.cc": '#include "model/energy/energy.h"\n#include "tests/support/fake.h"\n',
}
CORE = "ebm_library(ebm_core SRCS random.cc)"
ENERGY = "ebm_library(ebm_energy\n  SRCS energy.cc\n  DEPS ebm_core absl::statusor\n  PRIVATE_DEPS PNG::PNG)\n"
TEST = "ebm_test(energy_test SRCS energy_test.cc DEPS ebm_core ebm_energy)"


def complaints(core=CORE, energy=ENERGY, test=TEST) -> list[str]:
    build_files = {"model/core": core, "model/energy": energy, "tests/model/energy": test}
    return target_dependencies.Tree(TEXTS, build_files).complaints()


def test_targets_list_what_their_files_include(root):
    texts = {str(file.relative_to(root)): file.read_text() for file in conftest.sources(".h", ".cc")}
    build_files = {
        str(file.parent.relative_to(root)): file.read_text()
        for folder in conftest.CODE_FOLDERS
        for file in (root / folder).rglob("CMakeLists.txt")
    }
    tree = target_dependencies.Tree(texts, build_files)
    assert len(tree.targets) > 40
    assert tree.complaints() == []


def test_accepts_what_is_complete():
    assert complaints() == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"energy": ENERGY.replace(" absl::statusor", "")}, "ebm_energy: DEPS lacks absl::statusor"),
        ({"energy": ENERGY.replace("PNG::PNG", "ZLIB::ZLIB")}, "ebm_energy: PRIVATE_DEPS lacks PNG::PNG"),
        ({"test": TEST.replace("ebm_core ", "")}, "energy_test: DEPS lacks ebm_core"),
        ({"core": CORE.replace(")", " DEPS ebm_energy)")}, "ebm_core: DEPS lists ebm_energy, which no file includes"),
    ],
)
def test_reports_what_is_wrong(change, complaint):
    assert complaint in complaints(**change)


def test_a_longer_prefix_decides():
    assert target_dependencies.library_target("absl/strings/str_format.h") == "absl::str_format"
    assert target_dependencies.library_target("absl/strings/numbers.h") == "absl::strings"
    assert target_dependencies.library_target("vector") is None


def test_libraries_form_no_circle(root):
    """A static library that depends on itself through others would still link."""
    arrows = {}
    for folder in conftest.CODE_FOLDERS:
        for file in (root / folder).rglob("CMakeLists.txt"):
            for target in target_dependencies.parse(str(file.parent.relative_to(root)), file.read_text()):
                arrows[target.name] = set(target.words["DEPS"] + target.words["PRIVATE_DEPS"])
    while leaves := {name for name, targets in arrows.items() if not targets & set(arrows)}:
        arrows = {name: targets for name, targets in arrows.items() if name not in leaves}
    assert arrows == {}
