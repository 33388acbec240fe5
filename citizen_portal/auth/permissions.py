"""What can be done, as data on the views; `roles` says who may."""

from enum import StrEnum


class Permission(StrEnum):
    """One thing that an actor may do. The prefix before the colon is the kind of actor that can hold it."""

    OVERVIEW_READ = "citizen:overview-read"
    APPLICATION_WRITE = "citizen:application-write"
    APPLICATION_READ = "citizen:application-read"
    MESSAGE_READ = "citizen:message-read"
    MESSAGE_WRITE = "citizen:message-write"
    VISIT_READ = "citizen:visit-read"
    REPRESENTATION_MANAGE = "citizen:representation-manage"
    ACCESS_LOG_READ = "citizen:access-log-read"
    MY_DATA = "citizen:my-data"

    STAFF_HOME = "staff:home"
    CASE_READ = "staff:case-read"
    CASE_HANDLE = "staff:case-handle"
    CASE_MESSAGE_WRITE = "staff:case-message-write"
    JOURNAL_READ = "staff:journal-read"
    ARCHIVE_EXPORT = "staff:archive-export"
    PERSON_SEARCH = "staff:person-search"
    ACCESS_OPEN = "staff:access-open"
    ACCESS_OPEN_EMERGENCY = "staff:access-open-emergency"
    REPRESENTATION_REGISTER = "staff:representation-register"
    STAFF_READ = "staff:staff-read"
    ROLE_CHANGE = "staff:role-change"
    KEYS_READ = "staff:keys-read"
    AUDIT_REPORT = "staff:audit-report"
    QUARANTINE_READ = "staff:quarantine-read"
    FORM_EDIT = "staff:form-edit"

    VISIT_PUSH = "machine:visit-push"

    DECISION_APPROVE = "staff:decision-approve"
    VISIT_FOLLOW = "citizen:visit-follow"

    VISITS_OVERSEE = "staff:visits-oversee"
    CARE_RULES_CHANGE = "staff:care-rules-change"

    @property
    def audience(self) -> str:
        """`citizen`, `staff` or `machine`."""
        return self.value.partition(":")[0]
