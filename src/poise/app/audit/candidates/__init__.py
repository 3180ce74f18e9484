"""What candidates are owed: everything that is held on them, being forgotten, and a hold where the law asks for one."""
