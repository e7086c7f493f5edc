import type { ProposalView } from '../../src/contract/proposal-views.ts'
import { useText } from '../i18n/use-text.ts'
import { Icon } from './icon.tsx'

/** A proposal in a person's own words, as they wrote it. */
export function ProposalText({ text }: { text: string }) {
  return (
    <p className="proposal-text" data-free="" data-private="">
      {text}
    </p>
  )
}

/** How many stand behind a proposal, or that it has only just come in. */
export function Supporters({ proposal }: { proposal: ProposalView }) {
  const { t } = useText()
  const { supporters, waiting } = t.proposals.list
  return (
    <span className="supporters numeric">
      <Icon name="hand" />
      <span>{proposal.isWaiting ? waiting : supporters(proposal.supports)}</span>
    </span>
  )
}

/** A proposal of somebody else in a list: its beginning, and a press to read it all. */
export function ProposalCard({ proposal, onShow }: { proposal: ProposalView; onShow: () => void }) {
  const { say } = useText()
  return (
    <button type="button" className="choice proposal-card" onClick={onShow} data-private="">
      <span>
        <span className="choice-place">{say(proposal.topic.title)}</span>
        <span className="proposal-begin" data-free="">
          {proposal.text}
        </span>
        <Supporters proposal={proposal} />
      </span>
    </button>
  )
}
