"""A preset's YAML file, as it is written."""

from pathlib import Path
from typing import Any

import yaml

Config = dict[str, Any]


class ConfigError(ValueError):
    """A config that cannot be run; one line that names the key."""


class _UniqueKeys(yaml.SafeLoader):
    """Refuses a mapping that has a key twice; YAML's own way is to take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: list[Any] = []
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.YAMLError(f"line {key.start_mark.line + 1}: {key.value!r} is there already")
            seen.append(key.value)
        return super().construct_mapping(node, deep)


def read_config(path: Path) -> Config:
    """Read a preset's YAML file.

    Raises:
        ConfigError: The file cannot be read, is not a YAML mapping, or has a key twice.
    """
    try:
        config = yaml.load(Path(path).read_text(encoding="utf-8"), _UniqueKeys)
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such preset") from None
    except OSError as error:
        raise ConfigError(f"{path}: expected the file of a preset ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(config, dict):
        raise ConfigError(f"{path}: expected a mapping of keys, found {type(config).__name__}")
    return config
