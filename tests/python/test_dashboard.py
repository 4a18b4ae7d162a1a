"""The dashboard example, run as its README says."""

import re
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/dashboard"


def test_the_page_has_every_chapter_and_picture(tmp_path: Path) -> None:
    page = tmp_path / "dashboard.html"
    run = subprocess.run([sys.executable, EXAMPLE / "dashboard.py", page], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout == "dashboard.html: 8 chapters\n"
    text = page.read_text(encoding="utf-8")
    assert re.findall("<h2>([^<]*)</h2>", text)[:3] == ["キャンペーン：計画と実績", "ファネル", "費用対効果"]
    assert text.count("<svg") == 13
    assert "<script" not in text
    # A mark that has no place is drawn at NaN.
    assert not re.search(r"NaN|undefined|Infinity", text)
    # Each picture has bars, points or lines, and its Japanese title.
    for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        assert re.search(r'class="mark-(rect|symbol|line)', svg)
        assert re.search("[ぁ-んァ-ヶ一-龠]", svg)
    assert "2830000 JPY を支出し、超過しています" in text
