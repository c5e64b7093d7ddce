/** The record: written a moment after the conclusion, saved by its people, and read by the applicant, who says so once. */
import { act, cleanup, fireEvent, screen } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { acknowledgement } from "../src/core/record";
import { lasting } from "../src/core/outbox";
import { problemOfStatus, Refusal } from "../src/core/problems";
import type { SealView, SurveyView } from "../src/core/wire.gen";
import * as save from "../src/device/save";
import { RecordOfCase } from "../src/screens/desk/RecordOfCase";
import { Acknowledge } from "../src/screens/phone/Acknowledge";
import { language, type Language } from "../src/text";
import { record } from "../src/text/record";
import { app, show, survey } from "./support";

const [ZH, EN, SEAL] = ["1", "2", "3"].map((figure) => figure.repeat(64)) as [string, string, string];
const seal: SealView = { number: 1, kind: "recording", sha256: SEAL, key: "k", version_id: "v", sealed_at: "2026-11-22T02:00:00Z", kept: true };

function concluded(over: Partial<SurveyView> = {}): SurveyView {
  const reports: SurveyView["reports"] = [
    { language: "zh", sha256: ZH, size: 9, kept: true },
    { language: "en", sha256: EN, size: 9, kept: true },
  ];
  return survey({ state: "concluded", conclusion: "pass", seals: [{ ...seal, number: 2, kind: "case", sha256: "4".repeat(64) }, seal], reports, ...over });
}

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  language.value = "zh";
});

it("what is confirmed is what the page shows: every file, and the first seal", () => {
  expect(acknowledgement(concluded())).toEqual({ type: "acknowledge_record", reports: [ZH, EN], seal: SEAL });
  expect(acknowledgement(concluded({ reports: [] }))).toBeNull();
  expect(acknowledgement(concluded({ seals: [] }))).toBeNull();
  expect(acknowledgement(concluded({ acknowledged_at: "2026-11-22T03:00:00Z" }))).toBeNull();
});

it("it is said again after a lost line", () => {
  expect(lasting({ type: "acknowledge_record", reports: [ZH], seal: SEAL })).toBe(true);
});

describe.each<Language>(["zh", "en"])("in %s", (chosen) => {
  beforeEach(() => {
    language.value = chosen;
  });

  it("the applicant reads, confirms once, and is told that it is on record", () => {
    const on = app();
    const send = vi.spyOn(on.call, "send").mockImplementation(() => undefined);
    show(on, <Acknowledge survey={concluded()} />);
    expect(screen.getByTestId("record").textContent).toContain(ZH);
    expect(screen.getByTestId("record").textContent).toContain(SEAL);
    expect(screen.getByTestId("record").textContent).toContain(record.noSignature[chosen]);
    fireEvent.click(screen.getByTestId("acknowledge"));
    expect(send).toHaveBeenCalledExactlyOnceWith({ type: "acknowledge_record", reports: [ZH, EN], seal: SEAL });
    cleanup();
    show(on, <Acknowledge survey={concluded({ acknowledged_at: "2026-11-22T03:00:00Z" })} />);
    expect(screen.queryByTestId("acknowledge")).toBeNull();
    expect(screen.getByTestId("acknowledged").textContent).toContain("2026");
  });

  it("until it is written the page says so, and there is nothing to confirm", () => {
    show(app(), <Acknowledge survey={concluded({ reports: [] })} />);
    expect(screen.getByTestId("record-making").textContent).toContain(record.making[chosen]);
    expect(screen.queryByTestId("acknowledge")).toBeNull();
  });

  it("the desk saves either language under the case's number, and says why if it can't", async () => {
    const on = app();
    const saved = vi.spyOn(save, "saveBlob").mockImplementation(() => undefined);
    const fetched = vi.spyOn(on.api, "report").mockResolvedValue(new Blob(["%PDF"]));
    show(on, <RecordOfCase survey={concluded()} />);
    expect(screen.getByTestId("record").textContent).toContain(record.notAcknowledged[chosen]);
    await act(async () => void fireEvent.click(screen.getByTestId("record-en")));
    expect(fetched).toHaveBeenCalledWith("s1", "en");
    expect(saved.mock.calls[0]?.[1]).toBe("takan-ML-1-en.pdf");
    fetched.mockRejectedValue(new Refusal(problemOfStatus(503)));
    await act(async () => void fireEvent.click(screen.getByTestId("record-zh")));
    expect(screen.getByRole("alert").textContent).toContain(problemOfStatus(503).detail[chosen]);
  });

  it("a file still on its way to the archive can't be saved yet", () => {
    const reports: SurveyView["reports"] = [{ language: "zh", sha256: ZH, size: 9, kept: false }];
    show(app(), <RecordOfCase survey={concluded({ reports })} />);
    expect((screen.getByTestId("record-zh") as HTMLButtonElement).disabled).toBe(true);
    expect(screen.getByTestId("record-zh").textContent).toContain(record.archiving[chosen]);
  });
});
