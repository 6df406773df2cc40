import pytest
from toy_campaign import Home, compute


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Home:
    """A preset of which nothing is done; not to be changed."""
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def finished(home, tmp_path_factory):
    """The folder of an undisturbed campaign; not to be changed."""
    folder = home.prepare(tmp_path_factory.mktemp("finished"))
    compute(folder)
    return folder
