//! The tables of Postmortem as sea-orm entities, with the ids and enums their columns are made of.
//!
//! This crate knows tables and nothing else: no GraphQL, no HTTP, no clock, no rules. One file is one table group;
//! a row is a `Model`. What a column means is said here once, and the schema that makes it is in `migration`.

pub mod enums;
pub mod ids;

pub mod api_token;
pub mod cause_category;
pub mod comment;
pub mod due_change;
pub mod due_policy;
pub mod due_policy_severity;
pub mod due_policy_team;
pub mod effectiveness_review;
pub mod event;
pub mod evidence;
pub mod incident;
pub mod incident_external_ref;
pub mod incident_service;
pub mod incident_service_version;
pub mod incident_version;
pub mod key_counter;
pub mod login_attempt;
pub mod oidc_provider;
pub mod recommendation;
pub mod recommendation_label;
pub mod recommendation_label_version;
pub mod recommendation_root_cause;
pub mod recommendation_root_cause_version;
pub mod recommendation_version;
pub mod reminder;
pub mod report;
pub mod report_approval;
pub mod report_import;
pub mod report_label;
pub mod report_label_version;
pub mod report_participant;
pub mod report_revision;
pub mod report_version;
pub mod root_cause;
pub mod root_cause_version;
pub mod scheduler_lease;
pub mod search_document;
pub mod search_term;
pub mod service;
pub mod signing_key;
pub mod team;
pub mod team_member;
pub mod timeline_event;
pub mod user;
pub mod user_identity;
pub mod web_session;
pub mod webhook_attempt;
pub mod webhook_cursor;
pub mod webhook_delivery;
pub mod webhook_endpoint;
