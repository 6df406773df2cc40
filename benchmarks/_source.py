"""Makes the library importable from the source folder, installed or not; every benchmark imports it first."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
