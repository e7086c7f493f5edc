import type { Language } from '@hanpyo/kiosk/contract/views.ts'
import { FIXTURE_CONTESTS } from '@hanpyo/kiosk/host/fixtures.ts'
import { expect, type Locator, type Page } from '@playwright/test'
import { CATALOGS } from '../../../kiosk/ui/i18n/use-text.ts'
import type { ServedKiosk } from './kiosk.ts'

/** What a person does at a kiosk, in the words on its screen. */
export class Voter {
  readonly page: Page
  readonly kiosk: ServedKiosk
  language: Language = 'ko'

  constructor(page: Page, kiosk: ServedKiosk) {
    this.page = page
    this.kiosk = kiosk
  }

  /** The sentences of the language in use. */
  get t() {
    return CATALOGS[this.language]
  }

  /** Answers of the test election in the language in use. */
  get names() {
    return this.language === 'ko' ? KOREAN : ENGLISH
  }

  /** Questions of the test election, in their order. */
  get questions(): readonly string[] {
    return FIXTURE_CONTESTS.map(({ title }) => title[this.language])
  }

  get title(): Locator {
    return this.page.getByRole('heading', { level: 1 })
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }

  option(name: string | RegExp): Locator {
    return this.page.getByRole('radio', { name }).or(this.page.getByRole('checkbox', { name }))
  }

  async sees(title: string): Promise<void> {
    await expect(this.title).toHaveText(title)
  }

  async presses(name: string): Promise<void> {
    await this.button(name).tap()
  }

  async chooses(name: string | RegExp): Promise<void> {
    await this.option(name).tap()
  }

  async switchesLanguage(): Promise<void> {
    await this.presses(this.t.switchLanguage.spoken)
    this.language = this.language === 'ko' ? 'en' : 'ko'
    await expect(this.page.locator('html')).toHaveAttribute('lang', this.language)
  }

  /** A keyboard-wedge scanner: types fast and ends with Enter, whatever has the focus. */
  async scans(text: string): Promise<void> {
    await this.page.keyboard.type(text)
    await this.page.keyboard.press('Enter')
  }

  /** From the first screen to the place where the slip is held to the light. */
  async starts(mode: 'normal' | 'simple' | 'audio' = 'normal'): Promise<void> {
    await this.presses(this.t.attract.start)
    await this.sees(this.t.mode.title)
    await this.page.getByRole('button', { name: new RegExp(`^${this.t.mode[mode].name}`) }).tap()
    if (mode !== 'audio') await this.sees(this.t.slip.title)
  }

  /** From the first screen to the first contest. */
  async beginsWith(slip: string): Promise<void> {
    await this.starts()
    await this.scans(slip)
    await this.sees(this.t.number.title)
    await this.presses(this.t.number.same)
  }

  /** Answers all three contests of the test election and stops at the review. */
  async answersEverything(): Promise<void> {
    const { names } = this
    await this.chooses(names.first)
    await this.chooses(names.second)
    await this.presses(this.t.footer.next)
    await this.chooses(names.library)
    await this.presses(this.t.footer.next)
    await this.chooses(names.yes)
    await this.presses(this.t.contest.toReview)
    await this.sees(this.t.review.title)
  }

  /** From the first screen to the question "cast or check". */
  async prepares(slip: string): Promise<void> {
    await this.beginsWith(slip)
    await this.answersEverything()
    await this.presses(this.t.review.next)
    await this.sees(this.t.tracker.title)
  }

  /** From "cast or check" to the good news. */
  async casts(): Promise<void> {
    await this.page.getByRole('button', { name: this.t.tracker.cast }).tap()
    await this.sees(this.t.confirm.title)
    await this.presses(this.t.confirm.yes)
    await this.sees(this.t.stored.title)
  }

  async checks(): Promise<void> {
    await this.page.getByRole('button', { name: this.t.tracker.check }).tap()
    await this.sees(this.t.checked.title)
  }
}

const KOREAN = {
  first: /경로당에 문턱 없애기/,
  second: /주민센터 저녁 문 열기/,
  library: '서리풀 도서관',
  yes: '네, 찬성해요',
} as const

const ENGLISH = {
  first: /Step-free senior centres/,
  second: /Evening hours at community centres/,
  library: 'Seoripul Library',
  yes: 'Yes',
} as const
