'use client';

import { ChevronsUpDown, LogOut, Monitor, Moon, Sun } from 'lucide-react';
import { useTheme } from 'next-themes';
import {
  Menu,
  MenuContent,
  MenuItem,
  MenuLabel,
  MenuRadioGroup,
  MenuRadioItem,
  MenuSeparator,
  MenuTrigger,
} from '@/components/ui/menu';
import { useSession, useSignedIn } from '@/features/session/session-provider';
import { toastError } from '@/lib/toast';

export function AccountMenu() {
  const { user, organisation, role } = useSignedIn();
  const { signOut } = useSession();
  const { theme, setTheme } = useTheme();
  return (
    <Menu>
      <MenuTrigger className="flex w-full items-center gap-2.5 rounded-md px-2 py-1.5 text-left hover:bg-sunken">
        <span
          aria-hidden
          className="grid size-7 shrink-0 place-items-center rounded-md bg-foreground text-xs font-semibold text-background"
        >
          {user.name.slice(0, 1).toUpperCase()}
        </span>
        <span className="flex min-w-0 grow flex-col leading-tight">
          <span className="truncate text-[0.8125rem] font-medium">{user.name}</span>
          <span className="truncate text-xs text-muted">{organisation.name}</span>
        </span>
        <ChevronsUpDown className="size-4 shrink-0 text-faint" aria-hidden />
        <span className="sr-only">Account menu</span>
      </MenuTrigger>
      <MenuContent align="start" className="w-56">
        <MenuLabel>
          <span className="block truncate text-sm">{user.email}</span>
          <span className="block text-xs text-muted">Role: {role}</span>
        </MenuLabel>
        <MenuSeparator />
        <MenuRadioGroup value={theme} onValueChange={setTheme} aria-label="Theme">
          <MenuRadioItem value="system">
            <Monitor aria-hidden /> System theme
          </MenuRadioItem>
          <MenuRadioItem value="light">
            <Sun aria-hidden /> Light
          </MenuRadioItem>
          <MenuRadioItem value="dark">
            <Moon aria-hidden /> Dark
          </MenuRadioItem>
        </MenuRadioGroup>
        <MenuSeparator />
        <MenuItem onSelect={() => void signOut().catch(toastError)}>
          <LogOut aria-hidden /> Sign out
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
