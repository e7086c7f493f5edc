import { type ReactNode, useState } from 'react'
import type { Language } from '../../src/contract/views.ts'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { StaffSwitchContext, useStaffText } from '../i18n/staff-text.ts'
import { LanguageContext } from '../i18n/use-text.ts'

/** Staff read in a language of their own: changing it never changes the screen of the person who is voting. */
export function StaffLanguage({
  start,
  children,
}: {
  readonly start: Language
  readonly children: ReactNode
}) {
  const [language, setLanguage] = useState(start)
  return (
    <LanguageContext value={language}>
      <StaffSwitchContext value={() => setLanguage((before) => (before === 'ko' ? 'en' : 'ko'))}>
        {children}
      </StaffSwitchContext>
    </LanguageContext>
  )
}

/** Whose screen this is, and the other language. */
export function StaffHeader() {
  const { t, switchLanguage } = useStaffText()
  const { label, spoken, lang } = t.switchLanguage
  return (
    <header className="screen-header">
      <p className="brand">
        <Icon name="mark" />
        <span>{t.title}</span>
      </p>
      <Button tone="quiet" icon="globe" onPress={switchLanguage} label={spoken} lang={lang}>
        {label}
      </Button>
    </header>
  )
}
