"""What is told where boto3 is not installed; a real secret is read in the tests of several distributions together."""

from __future__ import annotations

import sys

import pytest
from redun.errors import ConfigError
from redun_backend_postgres.destination import Destination


def test_boto3_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ConfigError) as caught:
        Destination.of("postgresql://?db_aws_secret_name=team/redun").keywords({})
    assert str(caught.value) == (
        "`db_aws_secret_name` needs boto3, which is not installed: pip install 'redun-backend-postgres[aws]'"
    )
