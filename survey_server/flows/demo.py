"""The demo: an embedded node with demonstration data, a survey that is ready to begin, and a link for each role."""

import secrets
from datetime import timedelta
from pathlib import Path

import segno
import trustme
from rich.console import Console

from credit_gate.sources.register import DEMO_REGISTER
from survey_server.clock import utc_now
from survey_server.flows.client import NodeClient
from survey_server.flows.invited import PEOPLE, PHOTO_PEOPLE
from survey_server.settings import Settings
from survey_server.wire.admission import ApplicationForm, SubjectForm
from survey_server.wire.basics import Site, Window

RED_SUBJECT = SubjectForm("91460108TAKAN0017C", "海口虚构椰风餐饮有限公司")
"""Of the demonstration register: tier red."""
DEMO_ITEM = "food-business"
OTHERS = (
    (SubjectForm("91460108TAKAN00257", "海口虚构骑楼书屋有限公司"), "outdoor-advert"),
    (SubjectForm("91460108TAKAN00332", "海口虚构海甸网络服务有限公司"), "internet-premises-siting"),
    (SubjectForm("91460108TAKAN0041W", "海口虚构新埠教育咨询有限公司"), "drug-retail"),
    (SubjectForm("91460108TAKAN0041W", "海口虚构新埠教育咨询有限公司"), "training-centre"),
)
"""The other tiers of the demonstration register: orange, blue, black, and black with an item of the negative list."""
DEMO_SITE = Site(20.0440, 110.1999, 300, "wgs84", "海口市美兰区虚构路 12 号")


def demo_settings(data: Path, host: str, port: int) -> Settings:
    """Settings of a demo node. On a phone's network it speaks TLS with a certificate of its own: browsers give a
    camera to secure pages only, and to loopback.
    """
    data.mkdir(parents=True, exist_ok=True)
    loopback = host in ("localhost", "127.0.0.1", "::1")
    cert, key = ("", "") if loopback else _certificate(data, host)
    intake = data / "intake.key"
    if not intake.exists():
        intake.touch(mode=0o600)
        intake.write_text(secrets.token_urlsafe(32))
    return Settings(
        data_dir=str(data),
        host=host,
        port=port,
        tls_cert=cert,
        tls_key=key,
        media_host=host if host != "localhost" else "127.0.0.1",
        embedded=True,
        intake_key=intake.read_text(),
        register=str(DEMO_REGISTER),
    )


async def prepare_demo(url: str, settings: Settings) -> None:
    """File an application, order the links and print them."""
    now = utc_now()
    window = Window(now - timedelta(hours=2), now + timedelta(hours=24))
    console = Console()
    async with NodeClient(url, settings.intake_key) as node:
        console.print("\n[bold]Applications of every tier[/bold]")
        for subject, item in OTHERS:
            decided = await node.apply(ApplicationForm(subject, item, DEMO_SITE, window))
            console.print(
                f"  {decided.tier:<7} {item:<25} {decided.outcome:<9} {decided.reasons[0].en}", soft_wrap=True
            )
        admission = await node.apply(ApplicationForm(RED_SUBJECT, DEMO_ITEM, DEMO_SITE, window))
        links = await node.invite(admission.survey, list(PEOPLE))
        links.append(await node.invite_auditor("审计员"))
        links.append(await node.invite_officer("何经办"))
        wished = ApplicationForm(RED_SUBJECT, DEMO_ITEM, DEMO_SITE, window, mode="upload_only")
        by_photos = await node.apply(wished)
        shooting = await node.invite(by_photos.survey, list(PHOTO_PEOPLE))
    for title, survey, people in (
        ("A survey is ready", admission.survey, links),
        ("One by photos alone, for two departments", by_photos.survey, shooting),
    ):
        console.print(f"\n[bold]{title}[/bold] ({survey}, red tier): one link for each role\n")
        for link in people:
            console.print(f"  {link.role:<10} {link.name}\n    {link.link}", soft_wrap=True, highlight=False)
    console.print()
    if settings.tls_cert:
        console.print("The applicant's link for a phone (accept the demo certificate):")
        segno.make(links[0].link).terminal(compact=True)
    console.print(
        "Open each link in its own tab; the camera and microphone of this machine will do. "
        f"Intake key: {Path(settings.data_dir) / 'intake.key'}. Ctrl-C stops the demo; its data stays.",
        soft_wrap=True,
    )


def _certificate(data: Path, host: str) -> tuple[str, str]:
    cert, key = data / f"{host}.pem", data / f"{host}.key"
    if not cert.exists():
        issued = trustme.CA().issue_cert(host)
        key.touch(mode=0o600)
        issued.private_key_pem.write_to_path(key)
        cert.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    return str(cert), str(key)
