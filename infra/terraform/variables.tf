variable "template_url" {
  description = "Where the packaged template is: https://BUCKET.s3.REGION.amazonaws.com/cutover.yaml."
  type        = string

  validation {
    condition     = startswith(var.template_url, "https://")
    error_message = "CloudFormation takes the https address of an S3 object, not s3://."
  }
}

variable "name" {
  description = "The stack's name."
  type        = string
  default     = "cutover"
}

variable "parameters" {
  description = "Parameters of template.yaml; what is left out keeps its default."
  default     = {}
  type = object({
    Architecture              = optional(string)
    TargetFunctionNamePattern = optional(string)
    HookFunctionNamePattern   = optional(string)
    RevisionBucketPattern     = optional(string)
    InstanceRoles             = optional(string)
    TaskRolePattern           = optional(string)
    HookTimeoutSeconds        = optional(string)
    PhaseConcurrency          = optional(string)
    LogLevel                  = optional(string)
    LogRetentionDays          = optional(string)
    AlarmTopicArn             = optional(string)
    TriggerTopicPattern       = optional(string)
    EventBusName              = optional(string)
    WebhookPlaces             = optional(string)
    WebhookUrl                = optional(string)
    WebhookConcurrency        = optional(string)
    TableDeletionProtection   = optional(string)
  })
}

variable "caller_role_names" {
  description = "IAM roles that may deploy."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags of the stack and of all that is in it."
  type        = map(string)
  default     = {}
}
