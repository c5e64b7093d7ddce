/** All surveys, to be searched and opened. */

import { useEffect, useState } from "preact/hooks";
import { useApp, useScreen } from "../../app";
import { problemOf } from "../../core/problems";
import { ANY, sift, type Wish } from "../../core/replay_archive";
import { clock } from "../../core/times";
import type { Problem, SurveyCard } from "../../core/wire.gen";
import { LanguageSwitch } from "../../parts/LanguageSwitch";
import { LimitLine } from "../../parts/Limits";
import { ProblemCard } from "../../parts/ProblemCard";
import { say } from "../../text";
import { audit } from "../../text/audit";
import { restricted } from "../../text/restricted";
import { review } from "../../text/review";
import { desk, RESULT, STATE, tierText } from "../../text/desk";
import { Brand } from "../desk/Brand";
import { TierBadge } from "../desk/Head";
import { dayText } from "../desk/hours";
import { Icon } from "../desk/Icon";
import { ThemeButton } from "../desk/ThemeButton";

const STATES = ["admitted", "scheduled", "in_session", "ended", "concluded", "appealed", "on_site", "refused", "cancelled"] as const;
const TIERS = ["red", "orange", "blue", "black", "unknown"] as const;

type Loaded = { is: "loading" } | { is: "here"; cards: readonly SurveyCard[] } | { is: "failed"; problem: Problem };

export function Archive({ onOpen, onTheme }: { onOpen: (id: string) => void; onTheme: () => void }) {
  const { api } = useApp();
  useScreen("audit");
  const [loaded, setLoaded] = useState<Loaded>({ is: "loading" });
  const [wish, setWish] = useState<Wish>(ANY);
  const load = (): void => {
    api.surveys().then(
      (cards) => setLoaded({ is: "here", cards }),
      (fault: unknown) => setLoaded({ is: "failed", problem: problemOf(fault) }),
    );
  };
  useEffect(load, []);
  return (
    <div class="a-archive">
      <header class="d-head">
        <Brand />
        <span class="d-grow" />
        <LanguageSwitch />
        <ThemeButton onTheme={onTheme} />
      </header>
      <main class="a-archive-main">
        <div class="a-archive-title">
          <h1>{say(audit.listTitle)}</h1>
          <p class="d-quiet">{say(audit.listLead)}</p>
        </div>
        <Filters wish={wish} onWish={setWish} onRefresh={load} />
        {loaded.is === "loading" && <p class="d-empty">{say(desk.opening)}</p>}
        {loaded.is === "failed" && <ProblemCard problem={loaded.problem} onRetry={load} />}
        {loaded.is === "here" && <Cards cards={loaded.cards} wish={wish} onOpen={onOpen} onClear={() => setWish(ANY)} />}
      </main>
    </div>
  );
}

function Filters({ wish, onWish, onRefresh }: { wish: Wish; onWish: (wish: Wish) => void; onRefresh: () => void }) {
  return (
    <form class="a-filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <label class="a-search">
        <Icon name="search" size={18} />
        <input
          type="search"
          data-testid="audit-search"
          aria-label={say(audit.search)}
          placeholder={say(audit.search)}
          value={wish.words}
          onInput={(event) => onWish({ ...wish, words: event.currentTarget.value })}
        />
      </label>
      <select aria-label={say(audit.filterState)} value={wish.state} onChange={(event) => onWish({ ...wish, state: event.currentTarget.value as Wish["state"] })}>
        <option value="all">{say(audit.allStates)}</option>
        {STATES.map((state) => (
          <option key={state} value={state}>
            {say(STATE[state])}
          </option>
        ))}
      </select>
      <select aria-label={say(audit.filterTier)} value={wish.tier} onChange={(event) => onWish({ ...wish, tier: event.currentTarget.value })}>
        <option value="all">{say(audit.allTiers)}</option>
        {TIERS.map((tier) => (
          <option key={tier} value={tier}>
            {say(tierText(tier))}
          </option>
        ))}
      </select>
      <select aria-label={say(audit.filterSealed)} value={wish.sealed} onChange={(event) => onWish({ ...wish, sealed: event.currentTarget.value as Wish["sealed"] })}>
        <option value="all">{say(audit.allSeals)}</option>
        <option value="yes">{say(audit.sealedOnly)}</option>
        <option value="no">{say(audit.unsealedOnly)}</option>
      </select>
      <button type="button" class="d-icon-btn" aria-label={say(audit.refresh)} title={say(audit.refresh)} onClick={onRefresh}>
        <Icon name="refresh" />
      </button>
    </form>
  );
}

interface CardsProps {
  readonly cards: readonly SurveyCard[];
  readonly wish: Wish;
  readonly onOpen: (id: string) => void;
  readonly onClear: () => void;
}

function Cards({ cards, wish, onOpen, onClear }: CardsProps) {
  const fitting = sift(cards, wish);
  if (cards.length === 0)
    return (
      <div class="d-empty">
        <p>{say(audit.listEmpty)}</p>
        <p>{say(audit.listEmptyHint)}</p>
      </div>
    );
  if (fitting.length === 0)
    return (
      <div class="d-empty">
        <p>{say(audit.nothingFound)}</p>
        <button type="button" class="d-btn" onClick={onClear}>
          {say(audit.clearFilters)}
        </button>
      </div>
    );
  return (
    <>
      <p class="d-quiet tabular" role="status">
        {say(audit.counted(fitting.length, cards.length))}
      </p>
      <ul class="a-cards">
        {fitting.map((card) => (
          <li key={card.id}>
            <Card card={card} onOpen={() => onOpen(card.id)} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Card({ card, onOpen }: { card: SurveyCard; onOpen: () => void }) {
  return (
    <button type="button" class="a-card" data-testid={`audit-row-${card.id}`} onClick={onOpen}>
      <span class="a-card-what">
        <strong>{say(card.item)}</strong>
        <span>
          {card.restricted ? <b data-testid="restricted">{say(restricted.mark)}</b> : card.subject_name}
          {card.case_no !== "" && <span class="tabular d-quiet"> {card.case_no}</span>}
        </span>
        {card.limit && (
          <small>
            <LimitLine limit={card.limit} />
          </small>
        )}
      </span>
      <span class="a-card-tier">
        {!card.restricted && <TierBadge tier={card.tier} />}
      </span>
      <span class="a-card-when tabular">
        <time dateTime={card.created_at}>{dayText(card.created_at)}</time>
        <small>{card.restricted ? "" : card.seconds === null ? say(card.mode === "upload_only" ? review.byPhotos : audit.notRecorded) : clock(card.seconds)}</small>
      </span>
      <span class="a-card-count tabular">
        {!card.restricted && (
          <>
            <span>{say(audit.people(card.participants))}</span>
            <small>{say(audit.photos(card.photos))}</small>
          </>
        )}
      </span>
      <span class="a-card-end">
        {card.conclusion ? <span class={`d-pill d-r-${card.conclusion}`}>{say(RESULT[card.conclusion])}</span> : <span class={`d-state d-s-${card.state}`}>{say(STATE[card.state])}</span>}
      </span>
      <span class={`a-card-seal${card.sealed ? " d-good" : ""}`}>
        <Icon name={card.sealed ? "shield" : "shieldOpen"} size={18} />
        {say(card.sealed ? audit.sealed : audit.notSealed)}
      </span>
    </button>
  );
}
