/** The holder of rights: a person's account, or a tenant's service account. */
export interface Account {
  type: 'user' | 'service-account';
  id: string;
}

/** The two columns by which rows belong to an account; exactly one of them is set. */
export function accountColumns(account: Account): {
  user_id: string | null;
  service_account_id: string | null;
} {
  return account.type === 'user'
    ? { user_id: account.id, service_account_id: null }
    : { user_id: null, service_account_id: account.id };
}

export function accountColumn(account: Account): 'user_id' | 'service_account_id' {
  return account.type === 'user' ? 'user_id' : 'service_account_id';
}
