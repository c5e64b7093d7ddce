"""Where a node can't listen it says why, and which setting to change."""

import socket

import pytest

from survey_server.net.listening import listening
from survey_server.net.udp_mux import UdpMux
from tests.nodes import takan

KEY = {"TAKAN_INTAKE_KEY": "a key of these tests"}


def test_a_port_that_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        status, _, said = takan("serve", "--embedded", "--data", str(tmp_path), "--port", str(port), **KEY)
    assert (status, said.splitlines()[-1]) == (
        2, f"takan: port {port} is taken by another program: stop that one, or give another port with --port",
    )  # fmt: skip


def test_an_address_of_another_machine(tmp_path):
    status, _, said = takan("serve", "--embedded", "--data", str(tmp_path), "--host", "192.0.2.7", "--port", "0", **KEY)
    assert (status, said.splitlines()[-1].partition(":")[2].partition(":")[0]) == (
        2, " 192.0.2.7 is no address of this machine",
    )  # fmt: skip


def test_a_media_port_that_is_taken():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        with pytest.raises(OSError, match=rf"port {port} is taken .* with media_port"):
            UdpMux("127.0.0.1", port)


def test_every_other_fault_is_left_as_it_is():
    with pytest.raises(OSError, match="no such host"), listening("nowhere", 1, "--host", "--port"):
        raise OSError("no such host")
