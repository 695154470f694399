"""Settings: wrong ones are told by name in one line, secrets are told to nobody."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
from pydantic import SecretStr

from streams import settings as settings_module
from streams.settings import Broker, Settings, SettingsError, fingerprint

PASSWORD = "h4rb0ur"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No settings of the machine's own, and none remembered."""
    for kind in (Broker, Settings):
        for name in kind.model_fields:
            monkeypatch.delenv(f"{kind.model_config['env_prefix']}{name}".upper(), raising=False)
    settings_module.settings.cache_clear()
    settings_module.broker.cache_clear()
    return monkeypatch


@pytest.fixture(autouse=True, scope="module")
def forgotten() -> object:
    """Whoever comes after reads the environment anew."""
    yield
    settings_module.settings.cache_clear()
    settings_module.broker.cache_clear()


WRONG = {
    "NEWSFLOW_PARTITIONS": ("four", "valid integer"),
    "NEWSFLOW_BATCH_RECORDS": ("0", "greater than 0"),
    "NEWSFLOW_BATCH_SECONDS": ("-1", "greater than 0"),
    "NEWSFLOW_MAX_BODY_BYTES": ("16 MiB", "valid integer"),
    "NEWSFLOW_WEB_PORT": ("70000", "less than or equal to 65535"),
    "NEWSFLOW_LOG_LEVEL": ("loud\nlouder", "'debug', 'info', 'warning' or 'error'"),
    "KAFKA_SECURITY_PROTOCOL": ("TLS", "'plaintext'"),
    "KAFKA_SASL_MECHANISM": ("GSSAPI", "'scram-sha-512'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_told_in_one_line_with_its_variable(environment: pytest.MonkeyPatch, name: str) -> None:
    value, why = WRONG[name]
    environment.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        (settings_module.settings if name.startswith("NEWSFLOW") else settings_module.broker)()
    message = str(raised.value)
    assert message.startswith(f"{name}: ")
    assert message.endswith(f", not {value!r}")
    assert why in message
    assert len(message.splitlines()) == 1


def test_an_empty_variable_is_not_set(environment: pytest.MonkeyPatch) -> None:
    for name in WRONG:
        environment.setenv(name, "")
    environment.setenv("KAFKA_BOOTSTRAP", "")
    assert settings_module.settings() == Settings()
    assert settings_module.broker() == Broker()
    assert (settings_module.settings().partitions, settings_module.broker().bootstrap) == (4, None)


def test_a_variable_is_read_in_its_unit_and_once_a_process(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("NEWSFLOW_BATCH_SECONDS", "0.25")
    assert settings_module.settings().batch_seconds == 0.25
    environment.setenv("NEWSFLOW_BATCH_SECONDS", "9")
    assert settings_module.settings().batch_seconds == 0.25


def test_settings_do_not_change_while_a_worker_runs() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().partitions = 5


def test_no_broker_is_told_with_what_to_do() -> None:
    with pytest.raises(SettingsError, match=r"^no broker: set KAFKA_BOOTSTRAP=host:port, or .*newsflow kafka up"):
        Broker().client()


def test_a_plain_broker_needs_its_address_only() -> None:
    assert Broker(bootstrap="a:1,b:2").client() == {"bootstrap_servers": "a:1,b:2", "security_protocol": "PLAINTEXT"}


def test_a_broker_with_passwords_gets_them_and_nobody_else_does(environment: pytest.MonkeyPatch) -> None:
    told = {"BOOTSTRAP": "a:1", "SECURITY_PROTOCOL": "SASL_PLAINTEXT", "SASL_USERNAME": "u", "SASL_PASSWORD": PASSWORD}
    for name, value in {**told, "SSL_PASSWORD": PASSWORD}.items():
        environment.setenv(f"KAFKA_{name}", value)
    broker = settings_module.broker()
    assert broker.client() == {
        "bootstrap_servers": "a:1",
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "u",
        "sasl_plain_password": PASSWORD,
    }
    for words in (repr(broker), str(broker), f"{broker}", broker.model_dump_json(), repr(broker.model_dump())):
        assert PASSWORD not in words


@pytest.mark.parametrize("given", [{}, {"sasl_username": "u"}, {"sasl_password": PASSWORD}])
def test_a_missing_half_of_a_login_is_told_without_the_other(given: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as raised:
        Broker(bootstrap="a:1", security_protocol="SASL_PLAINTEXT", **given).client()  # type: ignore[arg-type]
    assert str(raised.value) == "SASL_PLAINTEXT needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD"


@pytest.mark.parametrize("protocol", ["SSL", "SASL_SSL"])
@pytest.mark.parametrize("text", [None, "no certificate\nat all"])
def test_a_certificate_that_cannot_be_used_is_told_in_one_line(tmp_path: Path, protocol: str, text: str | None) -> None:
    cafile = tmp_path / "ca.pem"
    if text:
        cafile.write_text(text)
    with pytest.raises(SettingsError, match=r"^KAFKA_SSL_CAFILE, _CERTFILE or _KEYFILE cannot be used: ") as raised:
        Broker(bootstrap="a:1", security_protocol=protocol, ssl_cafile=cafile).client()  # type: ignore[arg-type]
    assert len(str(raised.value).splitlines()) == 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-made CA, its key locked with PASSWORD."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl here")
    directory = tmp_path_factory.mktemp("ca")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    locked = ["-passout", f"pass:{PASSWORD}", "-keyout", "key.pem", "-out", "ca.pem"]
    subprocess.run(
        ["openssl", "req", "-x509", *curve, "-days", "2", "-subj", "/CN=harbour.example", *locked],
        cwd=directory,
        check=True,
        capture_output=True,
    )
    return directory


def test_a_broker_behind_tls_is_checked_against_its_own_ca(certificate: Path) -> None:
    broker = Broker(
        bootstrap="a:1",
        security_protocol="SASL_SSL",
        sasl_mechanism="PLAIN",
        sasl_username="u",
        sasl_password=SecretStr(PASSWORD),
        ssl_cafile=certificate / "ca.pem",
        ssl_certfile=certificate / "ca.pem",
        ssl_keyfile=certificate / "key.pem",
        ssl_password=SecretStr(PASSWORD),
    )
    client = broker.client()
    context = client["ssl_context"]
    assert isinstance(context, ssl.SSLContext)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    [authority] = context.get_ca_certs()
    assert authority["subject"] == ((("commonName", "harbour.example"),),)
    assert (client["security_protocol"], client["sasl_mechanism"]) == ("SASL_SSL", "PLAIN")


def test_a_wrong_key_password_is_told_without_it(certificate: Path) -> None:
    broker = Broker(
        bootstrap="a:1",
        security_protocol="SSL",
        ssl_certfile=certificate / "ca.pem",
        ssl_keyfile=certificate / "key.pem",
        ssl_password=SecretStr("other"),
    )
    with pytest.raises(SettingsError, match="KAFKA_SSL_CAFILE, _CERTFILE or _KEYFILE cannot be used") as raised:
        broker.client()
    assert "other" not in str(raised.value)


@pytest.mark.parametrize("kind", [Broker, Settings])
def test_each_setting_has_a_description(kind: type[Broker | Settings]) -> None:
    assert [name for name, field in kind.model_fields.items() if not field.description] == []


def test_a_fingerprint_knows_each_value_and_no_order() -> None:
    assert fingerprint({"a": 1, "b": b"x"}) == fingerprint({"b": b"x", "a": 1})
    assert len({fingerprint(values) for values in ({"a": 1}, {"a": 2}, {"b": 1}, {"a": "1"}, {"a": b"1"})}) == 5
